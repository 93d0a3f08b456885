"""Limits, and input made to break the parser: refused or read, in linear time, without a RecursionError."""

from __future__ import annotations

import pytest

from alerts.errors import QueryError
from alerts.query import format_query, parse
from alerts.query.parser import DEEPEST, LONGEST_QUERY, MOST_TERMS

SIZE = LONGEST_QUERY


@pytest.mark.parametrize(
    "piece",
    [
        *('"', '" ', '"a" ', "“", "«", "“a”", '"a"~1 ', '"a b"~9 ', '"', "'a "),
        *("(", ")", "()", "(a ", "(a)", "((a) ", "-", "-a ", "NOT ", "- ", "--a "),
        *(
            "a",
            "a ",
            "a\n",
            "a:",
            "a: ",
            "title:",
            "title: a ",
            "min:2",
            "min:2 a ",
            "first:9(",
            "@",
            "@actor:",
        ),
        *(
            "@actor:a ",
            "stem:a ",
            "=",
            "=a ",
            "#",
            "#\n",
            "#a\n",
            "a #a\n",
            "*",
            "abc* ",
            "~",
            "\\",
            "/",
            "+",
            "|",
        ),
        *(
            "a OR ",
            "a AND ",
            "a NEAR/1 ",
            "NEAR/1 ",
            "(a NEAR/1 b) NEAR/1 ",
            "NEAR/",
            "9",
            "a NOT ",
            "a OR b ",
        ),
        *("\x00", "\ud800", "a\udfff ", "\u200f", "\u0301", "林", "林 ", "﷽", "\U0010ffff", " ", "\u2028"),
    ],
)
def test_any_flood_is_read_or_refused(piece: str) -> None:
    flood = (piece * SIZE)[:SIZE]
    for query in (flood, f"a {flood}"[:SIZE], f"(a OR {flood})"[:SIZE], f'"{flood}"'[:SIZE]):
        refusal: QueryError | None = None
        try:
            assert format_query(parse(query).node)
        except QueryError as error:
            refusal = error
        assert refusal is None or 0 <= refusal.position <= len(query)


def test_long_query_is_refused() -> None:
    with pytest.raises(QueryError, match="20000 are allowed"):
        parse("a " * 15_000)


def test_many_terms_are_read_and_too_many_refused() -> None:
    most = ["ab"] * MOST_TERMS
    assert parse(" OR ".join(most)).node
    with pytest.raises(QueryError, match="more than 2000 words and phrases") as caught:
        parse(" ".join([*most, "title:cd"]))
    assert caught.value.position == 3 * MOST_TERMS + len("title:")


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("(" * DEEPEST + "{}" + ")" * DEEPEST, id="parentheses"),
        pytest.param("a " + "NOT " * (DEEPEST - 1) + "{}", id="not"),
        pytest.param("title:" * DEEPEST + "{}", id="fields"),
        pytest.param("min:2(" * DEEPEST + "{}" + ")" * DEEPEST, id="min"),
        pytest.param("first:9 " * DEEPEST + "{}", id="first"),
        pytest.param("(a OR b " * (DEEPEST // 2) + "{}" + ")" * (DEEPEST // 2), id="and in or"),
        pytest.param("a NEAR/1 " * DEEPEST + "{}", id="near in a row"),
        pytest.param('"' + "a " * DEEPEST + '{}"~1', id="words of a loose phrase"),
    ],
)
def test_fifty_levels_are_read_and_written_and_no_more(query: str) -> None:
    node = parse(query.format("abc")).node
    assert parse(format_query(node)).node == node
    deeper = query.format("abc def") if query.startswith('"') else query.format("(NOT (x NEAR/1 (y OR z)))")
    with pytest.raises(QueryError, match=r"more than 50 levels|NOT or a field|have none"):
        parse(deeper)


def test_deep_parentheses_have_their_place() -> None:
    with pytest.raises(QueryError, match="levels of parentheses") as caught:
        parse("(" * 60 + "a")
    assert caught.value.position == DEEPEST + 1
