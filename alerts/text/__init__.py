"""Text: folding with offsets back, sentences. Pure."""

from alerts.text.fold import FOLD_VERSION, Folded, fold, fold_all, fold_words
from alerts.text.sentences import LONGEST_SENTENCE, Sentences, sentence_around

__all__ = [
    "FOLD_VERSION",
    "LONGEST_SENTENCE",
    "Folded",
    "Sentences",
    "fold",
    "fold_all",
    "fold_words",
    "sentence_around",
]
