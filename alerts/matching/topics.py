"""Topics: queries compiled to clauses, and what must stand in an article for each to be worth judging."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from alerts.matching.clauses import (
    Absent,
    All,
    Any,
    AnyForm,
    Clause,
    Early,
    InField,
    Known,
    Near,
    Often,
    Tracked,
    Words,
)
from alerts.matching.literals import PREFIX, Literals
from alerts.matching.stems import beginning
from alerts.query import ast, format_query, parse
from alerts.text import fold_words
from alerts.values import Topic

Need = frozenset[int]
"""Literals, one of which must stand there; a reference `n` counts as `-1 - n`."""


@dataclass(frozen=True, slots=True)
class CompiledTopic:
    """A topic that can be matched.

    `trigger` is what makes it a candidate: one of these must stand there (empty: it is always tried). `needs` are the others.
    """

    watch: int
    name: str
    clause: Clause
    trigger: Need
    needs: tuple[Need, ...]
    literals: tuple[int, ...]


class References:
    """What topics refer to, numbered. Names are compared folded."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[ast.ReferenceKind, str], int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, kind: ast.ReferenceKind, name: str) -> int:
        """Gives the number of a reference."""
        return self._numbers.setdefault((kind, fold_words(name)), len(self._numbers))

    def get(self, kind: ast.ReferenceKind, name: str) -> int | None:
        """Gives the number of what is referred to; None where nothing does."""
        return self._numbers.get((kind, fold_words(name))) if self._numbers else None


def compile_topic(
    watch: int,
    topic: Topic,
    literals: Literals,
    references: References,
    frequency: Callable[[int], float],
) -> CompiledTopic:
    """Compiles a topic. `frequency` tells how often a literal stands in an article. Raises `QueryError`."""
    clause = _Compiler(literals, references).compile(parse(topic.query).node)
    words = tuple(_literals(clause))
    needs = _needs(clause)
    if not needs:
        return CompiledTopic(watch, topic.name, clause, frozenset(), (), words)
    trigger = min(needs, key=lambda need: sum(map(frequency, need)))
    others = tuple(dict.fromkeys(need for need in needs if need != trigger))
    return CompiledTopic(watch, topic.name, clause, trigger, others, words)


def looked_for(clause: Clause) -> Iterator[tuple[str, int]]:
    """Gives the folded words of a clause's literals, each with its kind."""
    match clause:
        case Words():
            yield fold_words(clause.node.text), PREFIX if clause.node.prefix else 0
        case AnyForm():
            yield beginning(clause.word), PREFIX
        case _:
            for part in clause.parts:
                yield from looked_for(part)


class _Compiler:
    def __init__(self, literals: Literals, references: References) -> None:
        self._literals = literals
        self._references = references

    def compile(self, node: ast.Node) -> Clause:
        match node:
            case ast.Phrase():
                kind = PREFIX if node.prefix else 0
                return Words(node, self._literals.add(fold_words(node.text), kind), format_query(node))
            case ast.Stem():
                return AnyForm(node, node.word, self._literals.add(beginning(node.word), PREFIX))
            case ast.Reference():
                return Tracked(node, node.kind, node.name, self._references.add(node.kind, node.name))
            case ast.And():
                return All(node, tuple(map(self.compile, node.parts)))
            case ast.Or():
                return Any(node, tuple(map(self.compile, node.parts)))
            case ast.Not():
                return Absent(node, self.compile(node.part))
            case ast.Near():
                return Near(
                    node, self.compile(node.left), self.compile(node.right), node.distance, node.ordered
                )
            case ast.InText():
                return InField(node, self.compile(node.part), node.field)
            case ast.First():
                return Early(node, self.compile(node.part), node.words)
            case ast.AtLeast():
                return Often(node, node.count, self.compile(node.part))
            case ast.InMeta():
                return Known(node, node.field, fold_words(node.value))


def _literals(clause: Clause) -> Iterator[int]:
    if isinstance(clause, Words | AnyForm):
        yield clause.literal
    for part in clause.parts:
        yield from _literals(part)


def _needs(clause: Clause) -> Sequence[Need]:
    """Gives what must stand in every article that the clause is true of; nothing where no word is sure."""
    match clause:
        case Words() | AnyForm():
            return [frozenset((clause.literal,))]
        case Tracked():
            return [frozenset((-1 - clause.number,))]
        case Any():
            return _needs_of_any(map(_needs, clause.clauses))
        case Absent() | Known():
            return []
        case _:
            return [need for part in clause.parts for need in _needs(part)]


def _needs_of_any(parts: Iterable[Sequence[Need]]) -> Sequence[Need]:
    chosen = [min(needs, key=len, default=None) for needs in parts]
    known = [need for need in chosen if need is not None]
    return [frozenset().union(*known)] if len(known) == len(chosen) else []
