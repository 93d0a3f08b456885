"""NEAR/n, ONEAR/n and "a b"~n — two operands with few words between them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar, NamedTuple, TypeAlias

from typing_extensions import override

from alerts.query.boolean import AndCondition, OrCondition
from alerts.query.operators.base import (
    ArticleView,
    Binding,
    Compiler,
    Condition,
    Infix,
    Marks,
    Node,
    OperatorCall,
    Scope,
    Suffix,
    union,
)
from alerts.text import fold_words
from alerts.text.places import count_apart
from storage.language import N_, _

LONGEST_DISTANCE = 100
WIDE_DISTANCE = 50
"""More words between than this are nearly the whole article: warned of."""
_FEW = 64


class NearOperator(Infix):
    """`NEAR/n` in either order, `ONEAR/n` in this."""

    pattern = r"O?NEAR/(?P<number>\d+)"
    example = "NEAR/10"
    help = "at most so many words between: Rabat NEAR/5 Madrid; ONEAR/5 in this order"
    other_names = dict.fromkeys(("near", "onear"), "NEAR/10")
    in_small_letters = {"near": "NEAR/10"}  # noqa: RUF012  (declared as a class variable in the base)
    misread = r"""
        ^O?NEAR$ | ^AROUND$ | ^(?i: o?near (?: / .* | \d+ ) | (?: w | n | pre ) / \d+ | (?: adj | within ) /? \d+ ) $
        | ^/ (?: \d+ | [sp] ) $
    """

    @override
    def instead(self, word: str, number: str) -> str:
        ordered = word.lower().startswith(("o", "pre", "adj")) or word.endswith(("f", "F"))
        return _(
            "write {ordered}NEAR/{number}, with the distance in words and spaces around it",
            ordered="O" if ordered else "",
            number=number,
        )

    @override
    def join(self, call: OperatorCall, left: Node, right: Node) -> Node:
        distance = _distance(call, call.written)
        if not (left.has_place() and right.has_place()):
            raise call.fail(
                _(
                    "{written} needs words or phrases on both sides, not NOT or a field: title:(a {written} "
                    "b), NOT (a {written} b)",
                    written=call.written,
                )
            )
        return Near(left, right, distance, call.written.startswith("O"))


class LoosePhraseOperator(Suffix):
    """`"a b c"~n`: each word at most n words from the one before it, in either order."""

    sign = "~"
    help = N_('words of a phrase with others between: "western sahara"~3')
    misread = r"^~"

    @override
    def instead(self, word: str, number: str) -> str:
        return _('the ~ stands right after the closing quotation mark: "a b"~5')

    @override
    def read(self, call: OperatorCall, words: Sequence[str]) -> Node:
        distance = _distance(call, f"~{call.number}")
        words = [word for word in words if fold_words(word)]
        if len(words) < 2:
            raise call.fail(_('"a b"~{distance} needs two words or more', distance=distance))
        node = call.phrase(words[0])
        for word in words[1:]:
            node = Near(node, call.phrase(word), distance)
        return node


def _distance(call: OperatorCall, name: str) -> int:
    distance = call.number or 0
    if distance > LONGEST_DISTANCE:
        raise call.fail(
            _(
                "{name} is too far: at most {most} words; write AND",
                name=name,
                most=LONGEST_DISTANCE,
            )
        )
    if distance > WIDE_DISTANCE:
        call.warn(_("{name} is nearly the whole article: AND says the same, NEAR/10 says more", name=name))
    return distance


@dataclass(frozen=True, slots=True)
class Near(Node):
    """Both, with at most `distance` words between them; in this order if `ordered`. Never across title and text."""

    left: Node
    right: Node
    distance: int
    ordered: bool = False
    binding: ClassVar[Binding] = Binding.INFIX

    @property
    @override
    def children(self) -> tuple[Node, ...]:
        return self.left, self.right

    @override
    def has_place(self, *, fields: bool = False) -> bool:
        return True

    @override
    def written(self) -> str:
        sign = f"{'O' if self.ordered else ''}NEAR/{self.distance}"
        return f"{self.left.inside(Binding.INFIX)} {sign} {self.right.inside(Binding.TIGHT)}"

    @override
    def compile(self, compiler: Compiler) -> NearCondition:
        left, right = compiler.condition(self.left), compiler.condition(self.right)
        return NearCondition(self, left, right, self.distance, self.ordered)


class _Pairs(NamedTuple):
    """The marks of two sides that are near each other; `starts` and `ends` are those that come first and last in their pair."""

    left: Marks
    right: Marks
    starts: Marks
    ends: Marks


_Found: TypeAlias = "dict[tuple[int, bool], Marks | None]"
"""What was found of the sides of a NEAR in one article, by which clause and which side it is."""


@dataclass(frozen=True, slots=True, eq=False)
class NearCondition(Condition):
    """NEAR/n and ONEAR/n: at most `distance` words between. An AND beside it is near with each of its parts."""

    left: Condition
    right: Condition
    distance: int
    ordered: bool

    @property
    @override
    def is_joined(self) -> bool:
        return True

    @property
    @override
    def parts(self) -> Sequence[Condition]:
        return (self.left, self.right)

    @override
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        return self._join(self.left, self.right, article, scope, lambda pairs: pairs.left + pairs.right, {})

    @override
    def edge(self, article: ArticleView, scope: Scope, *, last: bool) -> Marks | None:
        return self._join(
            self.left, self.right, article, scope, lambda pairs: pairs.ends if last else pairs.starts, {}
        )

    @override
    def times(self, article: ArticleView, scope: Scope) -> int:
        return self._times(self.left, self.right, article, scope, {})

    def _times(
        self, left: Condition, right: Condition, article: ArticleView, scope: Scope, found: _Found
    ) -> int:
        """Return how often both are near each other: of the parts of an AND the least, of an OR the sum."""
        if left.holds_all:
            counts = [self._times(part, right, article, scope, found) for part in left.parts]
            return min(counts) if isinstance(left, AndCondition) else sum(counts)
        if right.holds_all:
            counts = [self._times(left, part, article, scope, found) for part in right.parts]
            return min(counts) if isinstance(right, AndCondition) else sum(counts)
        pairs = self._near(left, right, article, scope, found)
        return min(count_apart(place for place, _clause in side) for side in (pairs.left, pairs.right))

    def _join(
        self,
        left: Condition,
        right: Condition,
        article: ArticleView,
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
        return (
            union(list(joined))
            if isinstance(left if left.holds_all else right, OrCondition)
            else _every(joined)
        )

    def _near(
        self, left: Condition, right: Condition, article: ArticleView, scope: Scope, found: _Found
    ) -> _Pairs:
        """Return the marks of two sides, neither with an AND in it, that are near each other."""
        before = self._side(left, article, scope, found, last=True)
        after = self._side(right, article, scope, found, last=False)
        if not before or not after:
            return _Pairs([], [], [], [])
        return self._pairs(article, before, after)

    def _side(
        self, clause: Condition, article: ArticleView, scope: Scope, found: _Found, *, last: bool
    ) -> Marks | None:
        """Return the marks of a side, looked for once however many parts of the other it is held against."""
        key = (id(clause), last)
        if key not in found:
            marks = clause.edge(article, scope, last=last) if self.ordered else clause.find(article, scope)
            # the parts of an AND, joined one by one, bring the same marks again and again
            found[key] = marks and list(dict.fromkeys(marks))
        return found[key]

    def _pairs_of_few(self, article: ArticleView, left: Marks, right: Marks, reach: int) -> _Pairs:
        pairs = _Pairs([], [], [], [])
        spans = [(mark, *article.words(mark[0])) for mark in right]
        for one in left:
            first, last = article.words(one[0])
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

    def _pairs(self, article: ArticleView, left: Marks, right: Marks) -> _Pairs:
        reach = self.distance + 1
        if len(left) * len(right) <= _FEW:
            return self._pairs_of_few(article, left, right, reach)
        spans = [article.words(place) for place, _clause in right]
        by_first = sorted(range(len(right)), key=lambda number: spans[number][0])
        by_last = sorted(range(len(right)), key=lambda number: spans[number][1])
        firsts, lasts = [spans[n][0] for n in by_first], [spans[n][1] for n in by_last]
        after, before = [0] * (len(right) + 1), [0] * (len(right) + 1)
        kept, starts, ends = [], [], []
        for mark in left:
            first, last = article.words(mark[0])
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


def _every(found: Iterable[Marks | None]) -> Marks | None:
    every: Marks = []
    for marks in found:
        if marks is None:
            return None
        every += marks
    return every
