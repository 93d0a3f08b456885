"""stem:elections — a word in any form."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from alerts.query.operators.base import (
    ArticleView,
    Compiler,
    LiteralCondition,
    Marks,
    Node,
    OperatorCall,
    Prefix,
    Scope,
)
from alerts.query.phrase import word_or_quoted
from alerts.text import fold_words
from alerts.text.stems import beginning, stems_of
from storage.language import _


class StemOperator(Prefix):
    """`stem:` before a word."""

    keywords = ("stem",)
    help = "any form of a word: stem:elections"

    @override
    def read(self, call: OperatorCall) -> Node:
        too_many = call.fail(
            _("stem: takes one word: stem:elections, (stem:general AND stem:elections)"), at_next=True
        )
        word = call.value()
        if " " in word or " " in fold_words(word):
            raise too_many
        return Stem(word)


@dataclass(frozen=True, slots=True)
class Stem(Node):
    """Any form of a word: words of the article that the stemmer of its language makes equal to it."""

    word: str

    @override
    def written(self) -> str:
        return f"stem:{word_or_quoted(self.word)}"

    @override
    def compile(self, compiler: Compiler) -> StemCondition:
        return StemCondition(self, compiler.literal(beginning(self.word), prefix=True), self.word)


@dataclass(frozen=True, slots=True, eq=False)
class StemCondition(LiteralCondition):
    """A word with the same stem stands there: `literal` finds the words that begin like it."""

    word: str

    @override
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        language = article.document.language
        wanted = stems_of(self.word, language)
        return [
            (place, self)
            for place in article.places(self.literal)
            if article.inside(place, scope)
            and not wanted.isdisjoint(stems_of(article.surface(place), language))
        ] or None
