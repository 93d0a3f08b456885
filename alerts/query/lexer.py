"""The words and signs of a query, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from alerts.errors import QueryError

Kind = Literal["word", "phrase", "open", "close", "and", "or", "not", "minus", "near", "field", "end"]

_OPENING_QUOTES = '"“”„«‟＂'
_CLOSING = {"«": "»", "“": '”"“', "”": '”"', "„": '“”"', "‟": '”"', '"': '"”“', "＂": "＂"}
_NO_QUOTES = str.maketrans(dict.fromkeys('"“”„«»‟＂', " "))
_NEAR = re.compile(r"(O?)NEAR/(\d*)")
_FIELD = re.compile(r"([A-Za-z_]+):")
_WORD_END = re.compile(r"[\s()\"“”„«»＂]")
_SLOP = re.compile(r"~(\d+)")


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign. `number` is the n of NEAR/n and of a phrase's ~n."""

    kind: Kind
    text: str
    place: int
    exact: bool = False
    number: int | None = None
    ordered: bool = False


def tokens(query: str) -> list[Token]:
    """Gives the query's tokens, ended by one of kind `end`. Raises `QueryError`."""
    found: list[Token] = []
    place = 0
    while place < len(query):
        character = query[place]
        if character.isspace():
            place += 1
        elif character == "#":
            place = _line_end(query, place)
        elif character in "()":
            found.append(Token("open" if character == "(" else "close", character, place))
            place += 1
        elif character == "-" and place + 1 < len(query) and not query[place + 1].isspace():
            found.append(Token("minus", "-", place))
            place += 1
        elif character in _OPENING_QUOTES:
            token, place = _phrase(query, place, place, exact=False)
            found.append(token)
        elif character == "=":
            token, place = _exact(query, place)
            found.append(token)
        elif (match := _NEAR.match(query, place)) is not None:
            if not match[2]:
                raise QueryError(f"{match[0]} needs a number: {match[0]}10", query=query, position=place)
            found.append(Token("near", match[0], place, number=int(match[2]), ordered=bool(match[1])))
            place = match.end()
        elif (match := _FIELD.match(query, place)) is not None:
            found.append(Token("field", match[1], place))
            place = match.end()
        else:
            end = _word_end(query, place)
            if end == place:
                raise QueryError("this quotation mark closes nothing", query=query, position=place)
            found.append(_word(query, place, end))
            place = end
    found.append(Token("end", "", len(query)))
    return found


def _word(query: str, place: int, end: int) -> Token:
    text = query[place:end]
    operators: dict[str, Kind] = {"AND": "and", "OR": "or", "NOT": "not"}
    if text in operators:
        return Token(operators[text], text, place)
    if text in ("NEAR", "ONEAR"):
        raise QueryError(f"{text} needs a distance in words: {text}/10", query=query, position=place)
    return Token("word", text, place)


def _exact(query: str, place: int) -> tuple[Token, int]:
    start = place + 1
    if start < len(query) and query[start] in _OPENING_QUOTES:
        return _phrase(query, start, place, exact=True)
    end = _word_end(query, start)
    if end == start:
        raise QueryError("= needs a word or a phrase right after it: =NATO", query=query, position=place)
    return Token("word", query[start:end], place, exact=True), end


def _phrase(query: str, quote: int, place: int, *, exact: bool) -> tuple[Token, int]:
    closing = _CLOSING[query[quote]]
    end = next((at for at in range(quote + 1, len(query)) if query[at] in closing), None)
    if end is None:
        raise QueryError(
            'this quotation mark is never closed: add " after the phrase', query=query, position=quote
        )
    slop = _SLOP.match(query, end + 1)
    number = int(slop[1]) if slop else None
    text = query[quote + 1 : end].translate(_NO_QUOTES)
    return Token("phrase", text, place, exact, number), slop.end() if slop else end + 1


def _word_end(query: str, place: int) -> int:
    match = _WORD_END.search(query, place)
    return match.start() if match else len(query)


def _line_end(query: str, place: int) -> int:
    end = query.find("\n", place)
    return len(query) if end < 0 else end
