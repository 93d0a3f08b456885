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
TEXT_FIELDS: tuple[TextField, ...] = ("title", "text", "lead")


class TextFieldOperator(Prefix):
    """`title:` and its like before a word, a phrase or a group."""

    keywords = TEXT_FIELDS
    help = "in the headline, the text, or its first paragraph: title:(Rabat OR Madrid)"
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
    """The part, looked for in one field of the text only."""

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
        match self.field:
            case "title":
                return Scope(scope.title_end, 0)
            case "text":
                return Scope(0, scope.text_end)
            case "lead":
                return Scope(0, min(scope.text_end, article.lead_end()))
