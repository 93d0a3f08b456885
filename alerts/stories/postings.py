"""An inverted index in arrays: which articles hold a key. A few bytes an entry, however many keys there are."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.uint32]

_UNSORTED = 20_000
"""So many of the newest entries stand in a dictionary; then they become an array."""
_GROWTH = 3
"""An array is merged with the next older one once that is not so many times as long."""
_NONE = np.empty(0, np.uint32)


class Postings:
    """Keys to article numbers, which only ever grow; articles are dropped from the oldest on."""

    def __init__(self) -> None:
        self._newest: dict[int, list[int]] = defaultdict(list)
        self._unsorted = 0
        self._sorted: list[tuple[Ids, Ids]] = []
        self._first = 0

    def add(self, article: int, keys: Ids) -> None:
        """Adds an article, whose number must be higher than all before."""
        newest = self._newest
        for key in keys.tolist():
            newest[key].append(article)
        self._unsorted += keys.size
        if self._unsorted >= _UNSORTED:
            self._sort()

    def drop_before(self, article: int) -> None:
        """Forgets articles with lower numbers; their entries go when arrays are merged."""
        self._first = max(self._first, article)

    def find(self, keys: Ids) -> tuple[npt.NDArray[np.intp], Ids]:
        """Gives every entry of the keys: the place of the key among `keys`, and the article."""
        places: list[npt.NDArray[np.intp]] = []
        articles: list[Ids] = []
        for sorted_keys, sorted_articles in self._sorted:
            low = sorted_keys.searchsorted(keys, "left")
            count = sorted_keys.searchsorted(keys, "right") - low
            found = count.nonzero()[0]
            if not found.size:
                continue
            count, low = count[found], low[found]
            total = int(count.sum())
            entries = np.arange(total) + np.repeat(low - (np.cumsum(count) - count), count)
            places.append(np.repeat(found, count))
            articles.append(sorted_articles[entries])
        newest = self._newest
        for place, key in enumerate(keys.tolist()):
            if key in newest:
                listed = newest[key]
                places.append(np.full(len(listed), place))
                articles.append(np.array(listed, np.uint32))
        if not articles:
            return np.empty(0, np.intp), _NONE
        every, found = np.concatenate(articles), np.concatenate(places)
        if self._first:
            alive = every >= self._first
            every, found = every[alive], found[alive]
        return found, every

    def _sort(self) -> None:
        lengths = [len(listed) for listed in self._newest.values()]
        keys = np.repeat(np.fromiter(self._newest.keys(), np.uint32, len(lengths)), lengths)
        articles = np.fromiter((a for listed in self._newest.values() for a in listed), np.uint32, keys.size)
        self._newest = defaultdict(list)
        self._unsorted = 0
        self._sorted.append(self._ordered(keys, articles))
        while len(self._sorted) > 1 and self._sorted[-2][0].size < _GROWTH * self._sorted[-1][0].size:
            (older, those), (newer, these) = self._sorted[-2:]
            merged = self._ordered(np.concatenate([older, newer]), np.concatenate([those, these]))
            self._sorted[-2:] = [merged]

    def _ordered(self, keys: Ids, articles: Ids) -> tuple[Ids, Ids]:
        alive = articles >= self._first
        keys, articles = keys[alive], articles[alive]
        order = keys.argsort(kind="stable")
        return keys[order], articles[order]
