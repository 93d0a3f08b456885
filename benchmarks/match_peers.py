"""What Tocsin's matcher is measured against, each on text folded beforehand, which costs it nothing.

Each gives the queries that an article matches; `RawScan` and `Loop` the literals that it holds.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

from ahocorasick_rs import AhoCorasick

from alerts.query import Node
from alerts.query.boolean import And, Not, Or
from alerts.query.operators.near import Near
from alerts.query.operators.text_fields import InText
from alerts.query.phrase import Phrase
from alerts.text import fold, fold_words
from alerts.values import Document
from benchmarks.match_inputs import Query, phrases


@dataclass(frozen=True, slots=True)
class FoldedArticle:
    """An article folded beforehand: title and text together, and how much of it is title."""

    text: str
    title: str
    title_end: int


def fold_article(document: Document) -> FoldedArticle:
    """Fold an article as Tocsin does."""
    title = fold_words(document.title)
    return FoldedArticle(fold(f"{document.title}\n{document.text}").text, title, len(title) + 1)


class RawScan:
    """The automaton alone, with the literals that Tocsin's has."""

    def __init__(self, literals: Sequence[str]) -> None:
        self._automaton = AhoCorasick(literals)

    def match(self, article: FoldedArticle) -> list[tuple[int, int, int]]:
        """Return the literals found, with their places."""
        return self._automaton.find_matches_as_indexes(article.text, overlapping=True)


class Loop:
    """`alias in text` for each literal."""

    def __init__(self, literals: Sequence[str]) -> None:
        self._literals = literals

    def match(self, article: FoldedArticle) -> list[str]:
        """Return the literals found."""
        text = article.text
        return [literal for literal in self._literals if literal in text]


class FullText:
    """SQLite FTS5: a table in memory that holds one article, asked every query."""

    def __init__(self, queries: Sequence[Query]) -> None:
        self._queries = [(query.name, fts_query(query.node)) for query in queries]
        self._connection = sqlite3.connect(":memory:")
        self._connection.execute(
            "CREATE VIRTUAL TABLE article USING fts5(title, text, tokenize='unicode61 remove_diacritics 2')"
        )

    def match(self, article: FoldedArticle) -> set[str]:
        """Return the names of the queries that match."""
        execute = self._connection.execute
        execute("DELETE FROM article")
        execute("INSERT INTO article VALUES (?, ?)", (article.title, article.text[article.title_end :]))
        ask = "SELECT 1 FROM article WHERE article MATCH ?"
        return {name for name, query in self._queries if execute(ask, (query,)).fetchone()}


def fts_query(node: Node) -> str:
    """Return a query in FTS5's syntax: NOT has two sides there, and NEAR takes phrases only."""
    match node:
        case Phrase():
            return f'"{fold_words(node.text)}"'
        case And():
            wanted = " AND ".join(f"({fts_query(part)})" for part in node.parts if not isinstance(part, Not))
            return " NOT ".join(
                [
                    f"({wanted})",
                    *(f"({fts_query(part.part)})" for part in node.parts if isinstance(part, Not)),
                ]
            )
        case Or():
            return " OR ".join(f"({fts_query(part)})" for part in node.parts)
        case Near():
            pairs = product(_alternatives(node.left), _alternatives(node.right))
            return " OR ".join(
                f"NEAR({fts_query(left)} {fts_query(right)}, {node.distance})" for left, right in pairs
            )
        case InText():
            return f"{{{node.field}}} : ({fts_query(node.part)})"
        case _:
            raise ValueError(f"the benchmark draws no {type(node).__name__}")


@dataclass(slots=True)
class Found:
    """What the scan of one article found: the places of each literal, by its number."""

    article: FoldedArticle
    places: dict[int, list[tuple[int, int]]]
    literals: set[int]
    _spaces: list[int] = field(default_factory=list)

    def word_at(self, place: int) -> int:
        """Return the number of the word that begins after a space."""
        if not self._spaces:
            self._spaces = [at for at, character in enumerate(self.article.text) if character == " "]
        return bisect_right(self._spaces, place)


class EveryQuery:
    """The same scan, and then every query evaluated on what it found, by one function that walks the query's tree."""

    def __init__(self, queries: Sequence[Query]) -> None:
        numbers: dict[str, int] = {}
        self._queries = [(query.name, _resolve(query.node, numbers)) for query in queries]
        self._automaton = AhoCorasick(list(numbers))

    def match(self, article: FoldedArticle) -> set[str]:
        """Return the names of the queries that match."""
        places = defaultdict(list)
        for literal, start, end in self._automaton.find_matches_as_indexes(article.text, overlapping=True):
            places[literal].append((start, end))
        found = Found(article, dict(places), set(places))
        return {name for name, tree in self._queries if _holds(tree, found)}


@dataclass(frozen=True, slots=True)
class _AnyOf:
    literals: frozenset[int]


@dataclass(frozen=True, slots=True)
class _AllOf:
    parts: tuple[_Tree, ...]


@dataclass(frozen=True, slots=True)
class _NotThis:
    part: _Tree


@dataclass(frozen=True, slots=True)
class _Close:
    left: frozenset[int]
    right: frozenset[int]
    distance: int


@dataclass(frozen=True, slots=True)
class _InField:
    title: bool
    part: _Tree


_Tree = _AnyOf | _AllOf | _NotThis | _Close | _InField


def _resolve(node: Node, numbers: dict[str, int]) -> _Tree:
    """Return the tree with the numbers of its literals, which are given out here."""

    def any_of(part: Node) -> frozenset[int]:
        return frozenset(
            numbers.setdefault(f" {fold_words(phrase.text)} ", len(numbers)) for phrase in phrases(part)
        )

    match node:
        case And():
            return _AllOf(tuple(_resolve(part, numbers) for part in node.parts))
        case Not():
            return _NotThis(_resolve(node.part, numbers))
        case Near():
            return _Close(any_of(node.left), any_of(node.right), node.distance)
        case InText():
            return _InField(node.field == "title", _resolve(node.part, numbers))
        case _:
            return _AnyOf(any_of(node))


def _holds(tree: _Tree, found: Found) -> bool:
    match tree:
        case _AnyOf():
            return not tree.literals.isdisjoint(found.literals)
        case _AllOf():
            for part in tree.parts:  # noqa: SIM110  (a generator would cost more)
                if not _holds(part, found):
                    return False
            return True
        case _NotThis():
            return not _holds(tree.part, found)
        case _Close():
            return _is_near(found, tree)
        case _InField():
            return _holds(tree.part, found) and _holds(tree.part, _narrow(found, title=tree.title))


def _is_near(found: Found, near: _Close) -> bool:
    if near.left.isdisjoint(found.literals) or near.right.isdisjoint(found.literals):
        return False
    ones, others = (
        [place for number in side for place in found.places.get(number, ())]
        for side in (near.left, near.right)
    )
    for start, end in ones:
        for other_start, other_end in others:
            early, late = (end, other_start) if start < other_start else (other_end, start)
            same_field = (start < found.article.title_end) == (other_start < found.article.title_end)
            if (
                same_field
                and late >= early - 1
                and found.word_at(late) - found.word_at(early - 1) <= near.distance
            ):
                return True
    return False


def _narrow(found: Found, *, title: bool) -> Found:
    kept = {
        number: inside
        for number, places in found.places.items()
        if (inside := [place for place in places if (place[0] < found.article.title_end - 1) == title])
    }
    return Found(found.article, kept, set(kept))


def _alternatives(node: Node) -> list[Phrase]:
    return list(phrases(node))
