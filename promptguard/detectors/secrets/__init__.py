"""Credentials: provider formats, private keys, connection strings, tokens and passwords in context, our own keys."""

from promptguard.detectors.secrets.detector import SecretsDetector

__all__ = ["SecretsDetector"]
