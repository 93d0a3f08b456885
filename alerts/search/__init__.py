"""Full-text search over what is stored: words for the index, and what a query needs of it. The matcher judges what comes out."""

from alerts.search.indexing import Indexer, indexed, words_of
from alerts.search.narrowing import needs_of, needs_of_actor

__all__ = ["Indexer", "indexed", "needs_of", "needs_of_actor", "words_of"]
