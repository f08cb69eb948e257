"""Normalisation: what a text reads as once obfuscation is undone."""

from promptguard.normalise.decoding import BoundExceeded
from promptguard.normalise.views import HIDING_STEPS, MirroredView, normalise

__all__ = ["HIDING_STEPS", "BoundExceeded", "MirroredView", "normalise"]
