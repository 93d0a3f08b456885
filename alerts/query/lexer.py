"""The words and signs of a query, each with its place."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from alerts.errors import QueryError
from alerts.query.operators.base import NO_QUOTES, Infix, Prefix, Suffix
from alerts.query.operators.registry import operators
from storage.language import N_, _

Kind = Literal["word", "phrase", "open", "close", "and", "or", "not", "minus", "infix", "prefix", "end"]

_CLOSING = {"«": "»", "“": '”"“', "”": '”"', "„": '“”"', "‟": '”"', '"': '"”“', "＂": "＂"}
_QUOTES = '"“”„«»‟＂'
_FULL_WIDTH = str.maketrans("（）：＝＊～－＠＃　", "():=*~-@# ")
"""Signs of Chinese and Japanese keyboards."""
_KEYWORDS: dict[str, Kind] = {"AND": "and", "OR": "or", "NOT": "not"}
_FOREIGN_KEYWORDS = {
    **dict.fromkeys(("ET", "UND", "Y", "E", "EN", "VE", "И", "І"), "AND"),
    **dict.fromkeys(("OU", "ODER", "VEYA", "ИЛИ", "АБО"), "OR"),
    **dict.fromkeys(("SAUF", "NICHT", "SIN", "НЕ"), "NOT"),
}
"""Operators in capitals as people write them in their own language, between two words."""
_FIELD = re.compile(r"([^\W\d]\w*):")
_REFERENCE = re.compile(r"@([^\W\d]\w*):")
_PLAIN = re.compile(r"[^\W\d_]+")
_WORD_END = re.compile(rf"[\s(){_QUOTES}]")
_DIGITS = re.compile(r"\d+")
_NUMBER_BESIDE = re.compile(r"[^\s\d]*\s*(\d{1,6})")
_HASHTAG = re.compile(r"#\w+")

_MISUSE = re.compile(
    r"""
      (?P<not> ^! | ^(?: AND | BUT ) -? NOT $ )
    | (?P<or> \| )
    | (?P<and> && | ^& $ )
    | (?P<plus> ^\+ )
    | (?P<comment> <<< | >>> )
    | (?P<exact> [{}] )
    | (?P<group> [][] )
    | (?P<pattern> ^/ .+ /$ )
    | (?P<fuzzy> ~ \d* $ )
    | (?P<weight> \^ \d )
    """,
    re.VERBOSE,
)
"""What is written so in other query languages, and would be misread as a word here."""
_INSTEAD = {
    "not": N_("write NOT before what must not be there"),
    "or": N_("write OR between alternatives"),
    "and": N_("write AND"),
    "plus": N_("leave the + out, words side by side must all be there"),
    "comment": N_("a comment begins with # and ends with the line"),
    "exact": N_("write =NATO for exact case and accents"),
    "group": N_("write ( … ) for a group"),
    "pattern": N_("there are no regular expressions; write autonom* or stem:elections"),
    "fuzzy": N_("there is no fuzzy search; write autonom* or stem:elections"),
    "weight": N_("words have no weights; leave the ^ out"),
}


class Token(NamedTuple):
    """One word or sign. `number` is the n of NEAR/n, of a phrase's ~n, of min:n. The `end`'s text is what a # may have hidden.

    A prefix that no operator declares has none.
    """

    kind: Kind
    text: str
    place: int
    exact: bool = False
    number: int | None = None
    operator: Prefix | Infix | Suffix | None = None


def tokens(query: str) -> list[Token]:
    """Return the query's tokens, ended by one of kind `end`. Raises `QueryError`."""
    found: list[Token] = []
    query = query.translate(_FULL_WIDTH)
    place, hidden = 0, ""
    while place < len(query):
        character = query[place]
        if character.isspace():
            place += 1
            continue
        if character == "#":
            hidden = hidden or _hashtag(query, place)
            place = _line_end(query, place)
            continue
        if character in "()":
            token, place = Token("open" if character == "(" else "close", character, place), place + 1
        elif character == "-" and place + 1 < len(query) and not query[place + 1].isspace():
            token, place = Token("minus", "-", place), place + 1
        elif character in _CLOSING:
            token, place = _phrase(query, place, place, exact=False)
        elif character == "=":
            token, place = _exact(query, place)
        elif character == "@":
            token, place = _reference(query, place)
        elif (field := _FIELD.match(query, place)) is not None:
            token, place = _field(query, field)
        else:
            token, place = _word(query, place, found_before=bool(found))
        found.append(token)
    found.append(Token("end", hidden, len(query)))
    return found


def is_word(text: str) -> bool:
    """Return whether a text is read as one word as it stands, and needs no quotation marks."""
    if _PLAIN.fullmatch(text) and not text.isupper():
        return operators().misreader(text) is None and operators().infix(text) is None
    if " " in text or text in _FOREIGN_KEYWORDS:
        return False
    try:
        read = tokens(text)
    except QueryError:
        return False
    return len(read) == 2 and read[0] == Token("word", text, 0) and "*" not in text and "?" not in text


def _word(query: str, place: int, *, found_before: bool = False) -> tuple[Token, int]:
    end = _word_end(query, place)
    if end == place:
        raise QueryError(
            _("this quotation mark closes nothing: remove it, or add one before the phrase"),
            query=query,
            position=place,
        )
    text = query[place:end]
    if text in _FOREIGN_KEYWORDS and found_before:
        raise QueryError(
            _(
                "{text} is not understood: write {instead}; to look for the word, put it in quotation marks",
                text=text,
                instead=_FOREIGN_KEYWORDS[text],
            ),
            query=query,
            position=place,
        )
    if end < len(query) and query[end] == "(" and (field := operators().other_names.get(text.lower())):
        raise QueryError(
            _(
                "{text}( … ) is not understood: write {field}( … ); for the word and a group, put a "
                "space between",
                text=text,
                field=field,
            ),
            query=query,
            position=place,
        )
    if (keyword := _KEYWORDS.get(text)) is not None:
        return Token(keyword, text, place), end
    if (infix := operators().infix(text)) is not None:
        operator, digits = infix
        return Token("infix", text, place, number=_number(digits) if digits else None, operator=operator), end
    _refuse_misuse(query, text, place)
    return Token("word", text, place), end


def _refuse_misuse(query: str, text: str, place: int) -> None:
    """Raise `QueryError` for a word that other query languages read as a sign."""
    operator = operators().misreader(text)
    misuse = _MISUSE.search(text) if operator is None else None
    if operator is not None:
        digits = _NUMBER_BESIDE.match(query, place)
        instead = operator.instead(text, digits[1] if digits else "10")
    elif misuse is not None:
        instead = _(_INSTEAD[misuse.lastgroup or ""])
    else:
        return
    raise QueryError(
        _(
            "{text} is not understood: {instead}; to look for it as it stands, put it in quotation marks",
            text=text,
            instead=instead,
        ),
        query=query,
        position=place,
    )


def _field(query: str, match: re.Match[str]) -> tuple[Token, int]:
    name, end = match[1], match.end()
    operator = operators().fields.get(name.lower())
    token = Token("prefix", name, match.start(), operator=operator)
    return _counted(query, token, end) if operator is not None and operator.takes_number else (token, end)


def _counted(query: str, token: Token, place: int) -> tuple[Token, int]:
    """Read the number right after the colon of an operator that takes one."""
    digits = _DIGITS.match(query, place)
    if digits is None:
        return token, place
    end = digits.end()
    if end < len(query) and (query[end].isalnum() or query[end] in "_.,-/"):
        raise QueryError(
            _("a ( was expected after the number: {token}:{digits}( … )", token=token.text, digits=digits[0]),
            query=query,
            position=end,
        )
    return token._replace(number=_number(digits[0])), end


def _reference(query: str, place: int) -> tuple[Token, int]:
    known = operators().references
    match = _REFERENCE.match(query, place)
    operator = known.get(match[1].lower()) if match is not None else None
    if match is None or operator is None:
        raise QueryError(
            _(
                'after @ one of {names} was expected: @actor:"Nasser Bourita", @list:"Sanctions"; put '
                "anything else that begins with @ in quotation marks",
                names=" and ".join(f"{name}:" for name in known),
            ),
            query=query,
            position=place,
        )
    return Token("prefix", match[1].lower(), place, operator=operator), match.end()


def _exact(query: str, place: int) -> tuple[Token, int]:
    start = place + 1
    if start < len(query) and query[start] in _CLOSING:
        return _phrase(query, start, place, exact=True)
    end = _word_end(query, start)
    if end == start:
        raise QueryError(_("= needs a word or a phrase right after it: =NATO"), query=query, position=place)
    return Token("word", query[start:end], place, exact=True), end


def _phrase(query: str, quote: int, place: int, *, exact: bool) -> tuple[Token, int]:
    closing = _CLOSING[query[quote]]
    end = next((at for at in range(quote + 1, len(query)) if query[at] in closing), None)
    if end is None:
        raise QueryError(
            _("this quotation mark is never closed: add {closing} after the phrase", closing=closing[0]),
            query=query,
            position=quote,
        )
    text, end = query[quote + 1 : end].translate(NO_QUOTES), end + 1
    suffix = operators().suffixes.get(query[end : end + 1])
    digits = _DIGITS.match(query, end + 1) if suffix is not None else None
    if digits is None:
        return Token("phrase", text, place, exact), end
    return Token("phrase", text, place, exact, _number(digits[0]), suffix), digits.end()


def _word_end(query: str, place: int) -> int:
    match = _WORD_END.search(query, place)
    return match.start() if match else len(query)


def _line_end(query: str, place: int) -> int:
    end = query.find("\n", place)
    return len(query) if end < 0 else end


def _hashtag(query: str, place: int) -> str:
    """Return what looks like a hashtag rather than a comment: no space after the #, and not first in its line."""
    match = _HASHTAG.match(query, place)
    before = query[query.rfind("\n", 0, place) + 1 : place]
    return match[0] if match and before.strip() else ""


def _number(digits: str) -> int:
    """Return the number; a hopelessly long one becomes a million, since `int` refuses thousands of digits."""
    return int(digits) if len(digits) < 7 else 1_000_000
