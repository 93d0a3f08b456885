"""An inverted index in arrays: which articles hold a key. A few bytes an entry, however many keys there are."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]

_UNSORTED = 20_000
"""So many of the newest entries stand in a dictionary; then they become an array."""
_GONE = 0
"""In the place of an article that was taken out: an entry like those of articles that are too old, before them all."""
_GROWTH = 4
"""An array is merged with the next older one once that is not so many times as long."""


class Postings:
    """Keys to article numbers, which only ever grow and begin at 1; articles are dropped from the oldest on, or singly.

    Of each key the newest entries are given, at most `most`: so a search costs the same however common its keys are.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._newest: dict[int, list[int]] = defaultdict(list)
        self._added: list[tuple[int, Ids]] = []
        self._unsorted = 0
        self._sorted: list[tuple[Ids, Ids]] = []
        self._first = _GONE + 1

    def add(self, article: int, keys: Ids) -> None:
        """Add an article, whose number must be higher than all before."""
        newest = self._newest
        for key in keys.tolist():
            newest[key].append(article)
        self._added.append((article, keys))
        self._unsorted += keys.size
        if self._unsorted >= _UNSORTED:
            self._sort()

    def drop_before(self, article: int) -> None:
        """Forget articles with lower numbers; their entries go when arrays are merged."""
        self._first = max(self._first, article)

    def drop(self, article: int, keys: Ids) -> None:
        """Take out one article, which was added with these keys."""
        for key in keys.tolist():
            listed = self._newest.get(key)
            if listed is not None and article in listed:
                listed.remove(article)
        self._added = [added for added in self._added if added[0] != article]
        for sorted_keys, sorted_articles in self._sorted:
            lows, ends = sorted_keys.searchsorted(keys), sorted_keys.searchsorted(keys, "right")
            for low, end in zip(lows.tolist(), ends.tolist(), strict=True):
                place = low + int(sorted_articles[low:end].searchsorted(article))
                if place < end and sorted_articles[place] == article:
                    sorted_articles[low + 1 : place + 1] = sorted_articles[low:place].copy()
                    sorted_articles[low] = _GONE

    def find(self, keys: Ids) -> tuple[Places, Ids]:
        """Return the entries of the keys: the place of the key among `keys`, and the article."""
        newest, most = self._newest, self._most
        new_places: list[int] = []
        new_articles: list[int] = []
        wanted = np.full(keys.size, most)
        for place, key in enumerate(keys.tolist()):
            if key in newest:
                listed = newest[key][-most:]
                new_places += [place] * len(listed)
                new_articles += listed
                wanted[place] -= len(listed)
        places = [np.array(new_places, np.intp)]
        articles = [np.array(new_articles, np.uint32)]
        for sorted_keys, sorted_articles in reversed(self._sorted):
            low = sorted_keys.searchsorted(keys)
            found = (sorted_keys.take(low, mode="clip") == keys).nonzero()[0]
            if not found.size:
                continue
            end = sorted_keys.searchsorted(keys[found], "right")
            count = np.minimum(end - low[found], wanted[found])
            wanted[found] -= count
            entries = np.arange(count.sum()) + np.repeat(end - np.cumsum(count), count)
            places.append(np.repeat(found, count))
            articles.append(sorted_articles[entries])
        every, found = np.concatenate(articles), np.concatenate(places)
        alive = every >= self._first
        return found[alive], every[alive]

    def _sort(self) -> None:
        keys = np.concatenate([keys for _article, keys in self._added])
        numbers = np.array([article for article, _keys in self._added], np.uint32)
        articles = np.repeat(numbers, [keys.size for _article, keys in self._added])
        self._newest, self._added, self._unsorted = defaultdict(list), [], 0
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
