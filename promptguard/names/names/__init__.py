"""Names of persons in text: a small tagger that only looks where words are capitalised."""

from promptguard.names.tagger import NameTagger

__all__ = ["NameTagger"]
