"""Topics: queries compiled to conditions, and what must stand in an article for each to be worth judging."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alerts.matching.literals import PREFIX, Literals
from alerts.query import parse
from alerts.query.operators.base import Condition, Need, Node
from alerts.text import fold_words
from alerts.values import Topic


@dataclass(frozen=True, slots=True)
class CompiledTopic:
    """A topic that can be matched.

    `trigger` is what makes it a candidate: one of these must stand there (empty: it is always tried). `needs` are the others.
    """

    watch: int
    name: str
    condition: Condition
    trigger: Need
    needs: tuple[Need, ...]
    literals: tuple[int, ...]


class References:
    """What topics refer to, numbered. Names are compared folded."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, kind: str, name: str) -> int:
        """Return the number of a reference."""
        return self._numbers.setdefault((kind, fold_words(name)), len(self._numbers))

    def get(self, kind: str, name: str) -> int | None:
        """Return the number of what is referred to; None where nothing does."""
        return self._numbers.get((kind, fold_words(name))) if self._numbers else None


def compile_topic(
    watch: int,
    topic: Topic,
    literals: Literals,
    references: References,
    frequency: Callable[[int], float],
) -> CompiledTopic:
    """Compile a topic. `frequency` tells how often a literal stands in an article. Raises `QueryError`."""
    condition = TopicCompiler(literals, references).condition(parse(topic.query).node)
    words = tuple(_literals(condition))
    needs = condition.needs()
    if not needs:
        return CompiledTopic(watch, topic.name, condition, frozenset(), (), words)
    trigger = min(needs, key=lambda need: sum(map(frequency, need)))
    others = tuple(dict.fromkeys(need for need in needs if need != trigger))
    return CompiledTopic(watch, topic.name, condition, trigger, others, words)


class TopicCompiler:
    """What nodes ask for as they are compiled: the numbers of literals and references (`Compiler`)."""

    def __init__(self, literals: Literals, references: References) -> None:
        self._literals = literals
        self._references = references

    def literal(self, text: str, *, prefix: bool = False) -> int:
        """Return the number of the words that the scan looks for; with `prefix`, the last may go on."""
        return self._literals.add(fold_words(text), PREFIX if prefix else 0)

    def reference(self, kind: str, name: str) -> int:
        """Return the number of an actor or a list that is tracked elsewhere."""
        return self._references.add(kind, name)

    def condition(self, node: Node) -> Condition:
        """Return a node's condition."""
        return node.compile(self)


def _literals(condition: Condition) -> Iterator[int]:
    yield from condition.literals
    for part in condition.parts:
        yield from _literals(part)
