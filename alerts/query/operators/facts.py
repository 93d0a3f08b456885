"""outlet:, lang:, country:, url:, author:, credit: — what is known of the article."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from typing_extensions import override

from alerts.query.boolean import And, Not, Or
from alerts.query.operators.base import (
    ArticleView,
    Compiler,
    Condition,
    Marks,
    Node,
    OperatorCall,
    Prefix,
    Scope,
    quoted,
)
from alerts.query.phrase import Phrase
from alerts.text import fold_words
from alerts.values import Document
from storage.language import _

MetaField = Literal["outlet", "lang", "country", "url", "author", "credit"]
META_FIELDS: tuple[MetaField, ...] = ("outlet", "lang", "country", "url", "author", "credit")
_FACTS: dict[MetaField, Callable[[Document], str | None]] = {
    "outlet": lambda document: document.outlet,
    "lang": lambda document: document.language,
    "country": lambda document: document.country,
    "url": lambda document: document.url,
    "author": lambda document: document.author,
    "credit": lambda document: document.credit,
}


class FactOperator(Prefix):
    """`outlet:` and its like before a word, a phrase, or a group of them with AND, OR and NOT."""

    keywords = META_FIELDS
    help = 'what is known of the article: lang:fr, outlet:("Le Monde" OR Reuters)'
    other_names = {  # noqa: RUF012  (declared as a class variable in the base)
        **dict.fromkeys(("site", "domain", "host"), "outlet: or url:"),
        **dict.fromkeys(("source", "publisher", "sourcename"), "outlet:"),
        **dict.fromkeys(("language", "locale"), "lang:"),
        **dict.fromkeys(("location", "sourcecountry", "region"), "country:"),
        **dict.fromkeys(("inurl", "link", "http", "https"), 'url:"…"'),
        **dict.fromkeys(("by", "byline"), "author:"),
    }

    @override
    def read(self, call: OperatorCall) -> Node:
        field = next(field for field in META_FIELDS if field == call.keyword)
        if call.at_group():
            return _conditions(call.operand(), field, call)
        return _in_meta(field, call.value(), call)


def _in_meta(field: MetaField, value: str, call: OperatorCall) -> InMeta:
    """Return the condition; names of languages and countries are refused, since articles have their codes."""
    code = _CODES.get(field, {}).get(fold_words(value))
    if code is not None:
        raise call.fail(_("{field}: takes a code, not a name: write {field}:{code}", field=field, code=code))
    return InMeta(field, value)


_LANGUAGES = {
    **{"english": "en", "french": "fr", "francais": "fr", "spanish": "es", "espanol": "es", "german": "de"},
    **{
        "deutsch": "de",
        "arabic": "ar",
        "portuguese": "pt",
        "italian": "it",
        "russian": "ru",
        "chinese": "zh",
    },
    **{
        "turkish": "tr",
        "hebrew": "he",
        "hungarian": "hu",
        "polish": "pl",
        "ukrainian": "uk",
        "persian": "fa",
    },
}
_COUNTRIES = {
    **{"morocco": "MA", "maroc": "MA", "algeria": "DZ", "tunisia": "TN", "egypt": "EG", "france": "FR"},
    **{"spain": "ES", "espana": "ES", "germany": "DE", "deutschland": "DE", "italy": "IT", "italia": "IT"},
    **{
        "russia": "RU",
        "china": "CN",
        "united kingdom": "GB",
        "usa": "US",
        "united states": "US",
        "india": "IN",
    },
    **{"turkey": "TR", "iran": "IR", "israel": "IL", "japan": "JP", "brazil": "BR", "ukraine": "UA"},
}
_CODES: dict[MetaField, dict[str, str]] = {"lang": _LANGUAGES, "country": _COUNTRIES}


def _conditions(node: Node, field: MetaField, call: OperatorCall) -> Node:
    """Return a group with its phrases made into conditions on the field."""
    match node:
        case Phrase(exact=False, prefix=False):
            return _in_meta(field, node.text, call)
        case And():
            return And(tuple(_conditions(part, field, call) for part in node.parts))
        case Or():
            return Or(tuple(_conditions(part, field, call) for part in node.parts))
        case Not():
            return Not(_conditions(node.part, field, call))
        case _:
            raise call.fail(
                _(
                    "{field}:( … ) takes words, phrases, AND, OR and NOT only: put the rest outside",
                    field=field,
                )
            )


@dataclass(frozen=True, slots=True)
class InMeta(Node):
    """What is known of the article: `value` stands in the field as whole words (`lang` and `country`: is the field)."""

    field: MetaField
    value: str

    @override
    def has_place(self, *, fields: bool = False) -> bool:
        return False

    @override
    def written(self) -> str:
        return f"{self.field}:{quoted(self.value)}"

    @override
    def compile(self, compiler: Compiler) -> FactCondition:
        return FactCondition(self, self.field, fold_words(self.value))


@dataclass(frozen=True, slots=True, eq=False)
class FactCondition(Condition):
    """The field is, or holds, the value."""

    field: MetaField
    value: str
    """Folded."""

    @override
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        actual = fold_words(_FACTS[self.field](article.document) or "")
        if self.field in ("lang", "country"):
            return [] if actual == self.value else None
        return [] if f" {self.value} " in f" {actual} " else None

    @override
    def notes(self, article: ArticleView, scope: Scope) -> tuple[str, ...]:
        return (_("the article's is {field}", field=_FACTS[self.field](article.document) or "not known"),)
