"""Prompt injections and jailbreaks: rules, n-grams and a small transformer, each where it earns its time."""

from promptguard.detectors.injection.detector import InjectionDetector

__all__ = ["InjectionDetector"]
