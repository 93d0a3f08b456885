"""title:, text:, lead: — the part is looked for in one field of the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from typing_extensions import override

from alerts.query.operators.base import (
    ArticleView,
    Binding,
    Compiler,
    Narrowed,
    Node,
    OperatorCall,
    Prefix,
    Scope,
)

TextField = Literal["title", "text", "lead"]
"""Titles are the source's and the page's; leads the summary, the standfirst, the description, the text's first paragraph."""
TEXT_FIELDS: tuple[TextField, ...] = ("title", "text", "lead")


class TextFieldOperator(Prefix):
    """`title:` and its like before a word, a phrase or a group."""

    keywords = TEXT_FIELDS
    help = "in the titles, below them, or in what leads in to the text: title:(Rabat OR Madrid)"
    other_names = {  # noqa: RUF012  (declared as a class variable in the base)
        **dict.fromkeys(("headline", "intitle", "allintitle", "subject"), "title:"),
        **dict.fromkeys(("body", "content", "fulltext", "intext"), "text:"),
        **dict.fromkeys(("ingress", "intro", "lede"), "lead:"),
    }

    @override
    def read(self, call: OperatorCall) -> Node:
        field = next(field for field in TEXT_FIELDS if field == call.keyword)
        return InText(field, call.operand())


@dataclass(frozen=True, slots=True)
class InText(Node):
    """The part, looked for in the titles only, below them only, or in the leads and the text's first paragraph."""

    field: TextField
    part: Node

    @property
    @override
    def children(self) -> tuple[Node, ...]:
        return (self.part,)

    @override
    def has_place(self, *, fields: bool = False) -> bool:
        return fields and self.part.has_place(fields=True)

    @override
    def written(self) -> str:
        return f"{self.field}:{self.part.inside(Binding.TIGHT)}"

    @override
    def compile(self, compiler: Compiler) -> TextFieldCondition:
        return TextFieldCondition(self, compiler.condition(self.part), self.field)


@dataclass(frozen=True, slots=True, eq=False)
class TextFieldCondition(Narrowed):
    """The part is true within the field."""

    field: TextField

    @override
    def narrowed(self, article: ArticleView, scope: Scope) -> Scope:
        return scope.within(article.field(self.field))
