"""What all operations of the API share: short texts, filters, pages and cursors."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from service.actions.errors import InvalidError
from service.troubles import trouble_words
from service.web.numbers import LARGEST
from storage.language import _
from storage.troubles import Trouble

T = TypeVar("T")


def _printable(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("must hold printable characters, and not spaces alone")
    return text


def storable(text: str) -> str:
    """Return the text. Raises `ValueError` where no database takes it."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not hold NUL or surrogates")
    return text


Line = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
"""A name or another short text on one line."""
Words = Annotated[str, Field(max_length=20_000), AfterValidator(storable)]
"""A longer text."""
Reason = Annotated[
    str, BeforeValidator(lambda value: trouble_words(value) if isinstance(value, Trouble) else value)
]
"""What went wrong, in words."""
Filter = Annotated[str | None, Query(max_length=200), AfterValidator(lambda text: text and storable(text))]
Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]
Cursor = Annotated[
    str | None, Query(max_length=100, description="`next` of the page before: what comes after it.")
]
Id = Annotated[int, Field(ge=1, le=LARGEST)]


class ApiInput(BaseModel):
    """What is sent to us: an unknown member is a mistake."""

    model_config = ConfigDict(extra="forbid")


def example(**values: JsonValue) -> ConfigDict:
    """Return the configuration of a model with this example of it."""
    return ConfigDict(json_schema_extra={"examples": [values]})


class ListPage(BaseModel, Generic[T]):
    """Some of a list. `next` is the cursor of the next page; null on the last."""

    __qualname__ = "Page"  # in the API's document

    items: list[T]
    next: str | None = Field(examples=["MTAw"])


WholeList = dict[str, Any]
"""What an operation gives whose list always comes whole; its `response_model` is a `ListPage`."""


def whole(found: Sequence[object]) -> WholeList:
    """Return a list that comes whole in the form of all lists."""
    return {"items": found, "next": None}


Since = Annotated[AwareDatetime | None, Query(description="Not before this time.")]
Until = Annotated[AwareDatetime | None, Query(description="Before this time.")]


def write_cursor(number: int) -> str:
    """Return the cursor of a place in a list."""
    return base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> int | None:
    """Return the place that a cursor means. Raises `InvalidError`."""
    return None if text is None else _cursor(text, LARGEST)


def _cursor(text: str, largest: int) -> int:
    try:
        number = int(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, UnicodeEncodeError):
        number = -1
    if not 0 <= number <= largest:
        raise InvalidError(_("Not a cursor: use `next` of the page before, unchanged."), key="query.cursor")
    return number


def read_place_cursor(text: str | None) -> int | None:
    """Return the place in the order of publication that a cursor means. Raises `InvalidError`."""
    return None if text is None else _cursor(text, 2**63 - 1)


def takes_file(description: str, sample: str) -> dict[str, Any]:
    """Return what the OpenAPI document says of an operation whose body is a file as it is."""
    content = {"application/octet-stream": {"schema": {"type": "string", "examples": [sample]}}}
    return {"requestBody": {"description": description, "required": True, "content": content}}
