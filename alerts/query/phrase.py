"""A word, or words in a row: what all else in a query is made of."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from alerts.query.lexer import is_word
from alerts.query.operators.base import (
    ArticleView,
    Compiler,
    LiteralCondition,
    Marks,
    Node,
    Place,
    Scope,
    quoted,
)
from alerts.text.exact import is_exact, signs_after
from storage.language import _


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """A word, or words in a row. `prefix`: the last word may go on; `exact`: case and accents count."""

    text: str
    exact: bool = False
    prefix: bool = False

    @override
    def written(self) -> str:
        return ("=" if self.exact else "") + word_or_quoted(self.text, "*" if self.prefix else "")

    @override
    def compile(self, compiler: Compiler) -> PhraseCondition:
        literal = compiler.literal(self.text, prefix=self.prefix)
        signs = "" if self.prefix else signs_after(self.text)
        return PhraseCondition(
            self, literal, self.written(), self.text if self.exact else None, self.prefix, signs
        )


@dataclass(frozen=True, slots=True, eq=False)
class PhraseCondition(LiteralCondition):
    """The phrase stands there."""

    words: str
    """As `text`: most mentions are of words, and say so."""
    exact: str | None
    prefix: bool
    signs_after: str
    """What must stand right after the words: C++ is not C."""

    @property
    @override
    def text(self) -> str:
        return self.words

    @property
    @override
    def signs(self) -> str:
        return self.signs_after

    @override
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        places = article.places(self.literal)
        if places and scope is not article.whole:
            places = [place for place in places if article.inside(place, scope)]
        if places and self.exact is not None:
            places = [place for place in places if self._is_exact(article, place)]
        if places and self.signs:
            places = [place for place in places if article.following(place).startswith(self.signs)]
        return [(place, self) for place in places] or None

    @override
    def notes(self, article: ArticleView, scope: Scope) -> tuple[str, ...]:
        refused = [why for place, why in article.refused(self.literal) if article.inside(place, scope)]
        if self.exact is not None:
            places = article.places(self.literal)
            refused += [_("other case or accents") for place in places if not self._is_exact(article, place)]
        return tuple(dict.fromkeys(refused))

    def _is_exact(self, article: ArticleView, place: Place) -> bool:
        return self.exact is None or is_exact(article.surface(place), self.exact, prefix=self.prefix)


def word_or_quoted(text: str, end: str = "") -> str:
    """Return a text as a query writes it, in quotation marks where it needs them."""
    return text + end if is_word(text) else quoted(text + end)
