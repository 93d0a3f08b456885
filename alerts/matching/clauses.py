"""Clauses: a query compiled against the literals, and judged on the places of one article.

A class for each operator. `find` gives the marks that make a clause true (none of them where it is true by what is known of the
article), or None where it is false.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import NamedTuple, TypeAlias

from typing_extensions import override

from alerts.matching.exact import is_exact
from alerts.matching.hits import Hits
from alerts.matching.reading import Place, Reading, Scope
from alerts.matching.stems import stems_of
from alerts.query import format_query
from alerts.query.ast import MetaField, Node, Phrase, ReferenceKind, TextField
from alerts.text import fold_words
from alerts.values import Document

_FEW = 64


Mark = tuple[Place, "Clause"]
"""A place, and the clause that it stands for."""
Marks = list[Mark]


@dataclass(frozen=True, slots=True)
class Article:
    """What a clause is judged on. `tracked` gives where an actor, or any of a watch list, is mentioned."""

    reading: Reading
    hits: Hits
    tracked: Callable[[int], list[Place]]


@dataclass(frozen=True, slots=True, eq=False)
class Clause(ABC):
    """A part of a query. `node` is it as parsed."""

    node: Node

    @property
    def text(self) -> str:
        """The clause in the query's words."""
        return format_query(self.node)

    @property
    def parts(self) -> Sequence[Clause]:
        """The clauses that it is made of."""
        return ()

    @property
    def holds_all(self) -> bool:
        """Tells whether an AND stands in it that NEAR must be near to part by part."""
        return False

    @abstractmethod
    def find(self, article: Article, scope: Scope) -> Marks | None:
        """Gives the marks that make it true within a part of the article; None where it is false."""

    def narrowed(self, article: Article, scope: Scope) -> Scope:
        """Gives the part of the article in which its parts are looked for."""
        return scope

    def edge(self, article: Article, scope: Scope, *, last: bool) -> Marks | None:
        """Gives the marks with which it ends (`last`) or begins, for what must stand after or before it."""
        return self.find(article, scope)

    def times(self, article: Article, scope: Scope) -> int:
        """Gives how often it stands there, overlapping places counting once."""
        return count_apart(place for place, _clause in self.find(article, scope) or ())

    def notes(self, article: Article, scope: Scope) -> tuple[str, ...]:
        """Says why places where it seems to stand don't count."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Words(Clause):
    """A word, or words in a row."""

    node: Phrase
    literal: int
    words: str
    """As `text`: most mentions are of words, and say so."""

    @property
    @override
    def text(self) -> str:
        return self.words

    @override
    def find(self, article: Article, scope: Scope) -> Marks | None:
        places = article.hits.places(self.literal)
        if places and scope is not article.reading.whole:
            places = [place for place in places if article.reading.inside(place, scope)]
        if places and self.node.exact:
            places = [place for place in places if self._is_exact(article.reading, place)]
        return [(place, self) for place in places] or None

    @override
    def notes(self, article: Article, scope: Scope) -> tuple[str, ...]:
        refused = [
            why for place, why in article.hits.refused(self.literal) if article.reading.inside(place, scope)
        ]
        if self.node.exact:
            places = article.hits.places(self.literal)
            refused += [
                "other case or accents" for place in places if not self._is_exact(article.reading, place)
            ]
        return tuple(dict.fromkeys(refused))

    def _is_exact(self, reading: Reading, place: Place) -> bool:
        return is_exact(reading.surface(place), self.node.text, prefix=self.node.prefix)


@dataclass(frozen=True, slots=True, eq=False)
class AnyForm(Clause):
    """A word in any form: `literal` finds the words that begin like it."""

    word: str
    literal: int

    @override
    def find(self, article: Article, scope: Scope) -> Marks | None:
        reading = article.reading
        language = reading.document.language
        wanted = stems_of(self.word, language)
        return [
            (place, self)
            for place in article.hits.places(self.literal)
            if reading.inside(place, scope)
            and not wanted.isdisjoint(stems_of(reading.surface(place), language))
        ] or None


@dataclass(frozen=True, slots=True, eq=False)
class Tracked(Clause):
    """An actor that is tracked, or any of a watch list. `number` is the reference's."""

    kind: ReferenceKind
    name: str
    number: int

    @override
    def find(self, article: Article, scope: Scope) -> Marks | None:
        inside = article.reading.inside
        return [(place, self) for place in article.tracked(self.number) if inside(place, scope)] or None


@dataclass(frozen=True, slots=True, eq=False)
class All(Clause):
    """AND."""

    clauses: tuple[Clause, ...]

    @property
    @override
    def holds_all(self) -> bool:
        return True

    @property
    @override
    def parts(self) -> Sequence[Clause]:
        return self.clauses

    @override
    def find(self, article: Article, scope: Scope) -> Marks | None:
        found: Marks = []
        for clause in self.clauses:
            marks = clause.find(article, scope)
            if marks is None:
                return None
            found += marks
        return found

    @override
    def times(self, article: Article, scope: Scope) -> int:
        return min(clause.times(article, scope) for clause in self.clauses)


@dataclass(frozen=True, slots=True, eq=False)
class Any(Clause):
    """OR."""

    clauses: tuple[Clause, ...]

    @property
    @override
    def holds_all(self) -> bool:
        return any(clause.holds_all for clause in self.clauses)

    @property
    @override
    def parts(self) -> Sequence[Clause]:
        return self.clauses

    @override
    def find(self, article: Article, scope: Scope) -> Marks | None:
        found: Marks | None = None
        for clause in self.clauses:
            marks = clause.find(article, scope)
            if marks is not None:
                found = marks if found is None else found + marks
        return found

    @override
    def edge(self, article: Article, scope: Scope, *, last: bool) -> Marks | None:
        return _union(clause.edge(article, scope, last=last) for clause in self.clauses)

    @override
    def times(self, article: Article, scope: Scope) -> int:
        places: list[Place] = []
        others = 0
        for clause in self.clauses:
            if isinstance(clause, All | Near):
                others += clause.times(article, scope)
            else:
                places += [place for place, _clause in clause.find(article, scope) or ()]
        return others + count_apart(places)


@dataclass(frozen=True, slots=True, eq=False)
class Absent(Clause):
    """NOT."""

    clause: Clause

    @property
    @override
    def parts(self) -> Sequence[Clause]:
        return (self.clause,)

    @override
    def find(self, article: Article, scope: Scope) -> Marks | None:
        return [] if self.clause.find(article, scope) is None else None


class _Pairs(NamedTuple):
    """The marks of two sides that are near each other; `starts` and `ends` are those that come first and last in their pair."""

    left: Marks
    right: Marks
    starts: Marks
    ends: Marks


_Found: TypeAlias = "dict[tuple[int, bool], Marks | None]"
"""What was found of the sides of a NEAR in one article, by which clause and which side it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Near(Clause):
    """NEAR/n and ONEAR/n: at most `distance` words between. An AND beside it is near with each of its parts."""

    left: Clause
    right: Clause
    distance: int
    ordered: bool

    @property
    @override
    def parts(self) -> Sequence[Clause]:
        return (self.left, self.right)

    @override
    def find(self, article: Article, scope: Scope) -> Marks | None:
        return self._join(self.left, self.right, article, scope, lambda pairs: pairs.left + pairs.right, {})

    @override
    def edge(self, article: Article, scope: Scope, *, last: bool) -> Marks | None:
        return self._join(
            self.left, self.right, article, scope, lambda pairs: pairs.ends if last else pairs.starts, {}
        )

    @override
    def times(self, article: Article, scope: Scope) -> int:
        return self._times(self.left, self.right, article, scope, {})

    def _times(self, left: Clause, right: Clause, article: Article, scope: Scope, found: _Found) -> int:
        """Gives how often both are near each other: of the parts of an AND the least, of an OR the sum."""
        if left.holds_all:
            counts = [self._times(part, right, article, scope, found) for part in left.parts]
            return min(counts) if isinstance(left, All) else sum(counts)
        if right.holds_all:
            counts = [self._times(left, part, article, scope, found) for part in right.parts]
            return min(counts) if isinstance(right, All) else sum(counts)
        pairs = self._near(left, right, article, scope, found)
        return min(count_apart(place for place, _clause in side) for side in (pairs.left, pairs.right))

    def _join(
        self,
        left: Clause,
        right: Clause,
        article: Article,
        scope: Scope,
        take: Callable[[_Pairs], Marks],
        found: _Found,
    ) -> Marks | None:
        if left.holds_all:
            joined = (self._join(part, right, article, scope, take, found) for part in left.parts)
        elif right.holds_all:
            joined = (self._join(left, part, article, scope, take, found) for part in right.parts)
        else:
            pairs = self._near(left, right, article, scope, found)
            return take(pairs) if pairs.left else None
        return _union(joined) if isinstance(left if left.holds_all else right, Any) else _every(joined)

    def _near(self, left: Clause, right: Clause, article: Article, scope: Scope, found: _Found) -> _Pairs:
        """Gives the marks of two sides, neither with an AND in it, that are near each other."""
        before = self._side(left, article, scope, found, last=True)
        after = self._side(right, article, scope, found, last=False)
        if not before or not after:
            return _Pairs([], [], [], [])
        return self._pairs(article.reading, before, after)

    def _side(
        self, clause: Clause, article: Article, scope: Scope, found: _Found, *, last: bool
    ) -> Marks | None:
        """Gives the marks of a side, looked for once however many parts of the other it is held against."""
        key = (id(clause), last)
        if key not in found:
            marks = clause.edge(article, scope, last=last) if self.ordered else clause.find(article, scope)
            # the parts of an AND, joined one by one, bring the same marks again and again
            found[key] = marks and list(dict.fromkeys(marks))
        return found[key]

    def _pairs_of_few(self, reading: Reading, left: Marks, right: Marks, reach: int) -> _Pairs:
        pairs = _Pairs([], [], [], [])
        spans = [(mark, *reading.words(mark[0])) for mark in right]
        for one in left:
            first, last = reading.words(one[0])
            for other, other_first, other_last in spans:
                if 0 < other_first - last <= reach:
                    pairs.starts.append(one)
                    pairs.ends.append(other)
                elif not self.ordered and 0 < first - other_last <= reach:
                    pairs.starts.append(other)
                    pairs.ends.append(one)
                else:
                    continue
                pairs.left.append(one)
                pairs.right.append(other)
        return pairs

    def _pairs(self, reading: Reading, left: Marks, right: Marks) -> _Pairs:
        reach = self.distance + 1
        if len(left) * len(right) <= _FEW:
            return self._pairs_of_few(reading, left, right, reach)
        spans = [reading.words(place) for place, _clause in right]
        by_first = sorted(range(len(right)), key=lambda number: spans[number][0])
        by_last = sorted(range(len(right)), key=lambda number: spans[number][1])
        firsts, lasts = [spans[n][0] for n in by_first], [spans[n][1] for n in by_last]
        after, before = [0] * (len(right) + 1), [0] * (len(right) + 1)
        kept, starts, ends = [], [], []
        for mark in left:
            first, last = reading.words(mark[0])
            low, high = bisect_right(firsts, last), bisect_right(firsts, last + reach)
            if low < high:
                after[low] += 1
                after[high] -= 1
                starts.append(mark)
            if not self.ordered:
                low_before, high_before = bisect_left(lasts, first - reach), bisect_left(lasts, first)
                if low_before < high_before:
                    before[low_before] += 1
                    before[high_before] -= 1
                    ends.append(mark)
            if (starts and starts[-1] is mark) or (ends and ends[-1] is mark):
                kept.append(mark)
        later = {by_first[n] for n, count in enumerate(accumulate(after[:-1])) if count}
        earlier = {by_last[n] for n, count in enumerate(accumulate(before[:-1])) if count}
        return _Pairs(
            kept,
            [right[number] for number in sorted(later | earlier)],
            starts + [right[number] for number in sorted(earlier)],
            ends + [right[number] for number in sorted(later)],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Narrowed(Clause):
    """A clause that is looked for in a part of the article only."""

    clause: Clause

    @property
    @override
    def parts(self) -> Sequence[Clause]:
        return (self.clause,)

    @override
    def find(self, article: Article, scope: Scope) -> Marks | None:
        return self.clause.find(article, self.narrowed(article, scope))

    @override
    def edge(self, article: Article, scope: Scope, *, last: bool) -> Marks | None:
        return self.clause.edge(article, self.narrowed(article, scope), last=last)

    @override
    def times(self, article: Article, scope: Scope) -> int:
        return self.clause.times(article, self.narrowed(article, scope))


@dataclass(frozen=True, slots=True, eq=False)
class InField(Narrowed):
    """title:, text:, lead:."""

    field: TextField

    @override
    def narrowed(self, article: Article, scope: Scope) -> Scope:
        match self.field:
            case "title":
                return Scope(scope.title_end, 0)
            case "text":
                return Scope(0, scope.text_end)
            case "lead":
                return Scope(0, min(scope.text_end, article.reading.lead_end))


@dataclass(frozen=True, slots=True, eq=False)
class Early(Narrowed):
    """first:n."""

    words: int

    @override
    def narrowed(self, article: Article, scope: Scope) -> Scope:
        first = article.reading.first_words(self.words)
        return Scope(min(scope.title_end, first.title_end), min(scope.text_end, first.text_end))


@dataclass(frozen=True, slots=True, eq=False)
class Often(Clause):
    """min:n."""

    count: int
    clause: Clause

    @property
    @override
    def parts(self) -> Sequence[Clause]:
        return (self.clause,)

    @override
    def find(self, article: Article, scope: Scope) -> Marks | None:
        marks = self.clause.find(article, scope)
        return marks if marks and self.clause.times(article, scope) >= self.count else None

    @override
    def notes(self, article: Article, scope: Scope) -> tuple[str, ...]:
        return (f"stands there {self.clause.times(article, scope)} times",)


@dataclass(frozen=True, slots=True, eq=False)
class Known(Clause):
    """outlet:, lang:, country:, url:, author:."""

    field: MetaField
    value: str
    """Folded."""

    @override
    def find(self, article: Article, scope: Scope) -> Marks | None:
        actual = fold_words(_META[self.field](article.reading.document) or "")
        if self.field in ("lang", "country"):
            return [] if actual == self.value else None
        return [] if f" {self.value} " in f" {actual} " else None

    @override
    def notes(self, article: Article, scope: Scope) -> tuple[str, ...]:
        return (f"the article's is {_META[self.field](article.reading.document) or 'not known'}",)


_META: dict[MetaField, Callable[[Document], str | None]] = {
    "outlet": lambda document: document.outlet,
    "lang": lambda document: document.language,
    "country": lambda document: document.country,
    "url": lambda document: document.url,
    "author": lambda document: document.author,
    "credit": lambda document: document.credit,
}


def count_apart(places: Iterable[Place]) -> int:
    """Gives the greatest number of places that don't overlap."""
    count, taken = 0, -1
    for place in sorted(set(places), key=lambda place: place.end):
        if place.start >= taken:
            count, taken = count + 1, place.end
    return count


def _union(found: Iterable[Marks | None]) -> Marks | None:
    known = [marks for marks in found if marks is not None]
    return list(chain.from_iterable(known)) if known else None


def _every(found: Iterable[Marks | None]) -> Marks | None:
    every: Marks = []
    for marks in found:
        if marks is None:
            return None
        every += marks
    return every
