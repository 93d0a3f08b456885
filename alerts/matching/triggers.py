"""Triggers: which topics are worth judging in an article, told by the literals that stand there and nothing else."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from alerts.matching.hits import Hits
from alerts.matching.literals import Index
from alerts.matching.scanner import TRIGGER, Few, Many, Scanner
from alerts.matching.topics import CompiledTopic

_PAIRS: Final = 2
"""So many needs of a topic are looked at besides its trigger."""
_COLUMNS: Final = 1 + 2 * _PAIRS


class Triggers:
    """What makes topics candidates. Topics are numbers here: their places in the sequence given."""

    def __init__(self, size: int, topics: Sequence[CompiledTopic]) -> None:
        """`size` is how many literals there are."""
        keys, values = array("I"), array("I")
        by_reference: dict[int, list[int]] = defaultdict(list)
        for number, topic in enumerate(topics):
            for literal in topic.trigger:
                if literal < 0:
                    by_reference[-1 - literal].append(number)
                else:
                    keys.append(literal)
                    values.append(number)
        self._always = tuple(number for number, topic in enumerate(topics) if not topic.trigger)
        """Topics that no word triggers."""
        self._by_reference = dict(by_reference)
        self._there = size
        """Stands for a literal that is always there."""
        self._index = Index(size, np.asarray(keys), np.asarray(values))
        also = np.array([self._columns(topic) for topic in topics], np.uint32).reshape(-1, 2 * _PAIRS)
        others = self._index.others
        self._rows = np.column_stack((others, also[others]))
        """For each of the index: the topic, and literals that must stand there too, one of each pair of columns."""
        self._flat = memoryview(self._rows.reshape(-1).data)

    def _columns(self, topic: CompiledTopic) -> list[int]:
        pairs = [list(need) for need in topic.needs if len(need) <= 2 and min(need) >= 0]
        columns = [pair[at % len(pair)] for pair in pairs[:_PAIRS] for at in range(2)]
        return columns + [self._there] * (2 * _PAIRS - len(columns))

    def literals(self) -> npt.NDArray[np.bool_]:
        """Tells of each literal whether it triggers a topic."""
        return self._index.leads_anywhere()

    def worth_judging(self, hits: Hits, scanner: Scanner, references: Iterable[int]) -> set[int]:
        """Return the topics of which what must stand in the article does, as far as literals and references tell."""
        numbers = {number for reference in references for number in self._by_reference.get(reference, ())}
        numbers.update(self._always)
        found = hits.found
        numbers.update(self._of_few(found) if isinstance(found, Few) else self._of_many(found, scanner))
        return numbers

    def _of_few(self, found: Few) -> list[int]:
        rows, starts, present = self._flat, self._index.starts, {*found.literals, self._there}
        return [
            rows[at]
            for trigger in found.used_for(TRIGGER)
            for at in range(_COLUMNS * starts[trigger], _COLUMNS * starts[trigger + 1], _COLUMNS)
            if (rows[at + 1] in present or rows[at + 2] in present)
            and (rows[at + 3] in present or rows[at + 4] in present)
        ]

    def _of_many(self, found: Many, scanner: Scanner) -> list[int]:
        triggers = np.array(found.used_for(TRIGGER), np.intp)
        rows = self._rows.take(self._index.places(triggers), axis=0)
        with scanner.mask(found.literals) as mask:
            there = mask.take(rows[:, 1:])
        kept = (there[:, 0] | there[:, 1]) & (there[:, 2] | there[:, 3])
        numbers: list[int] = rows[kept, 0].tolist()
        return numbers
