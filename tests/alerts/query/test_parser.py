"""The query language: what is refused and where, what is warned of, and that it is written out as it was read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import QueryError
from alerts.query import format_query, parse
from alerts.query.ast import And, InMeta, InText, Near, Node, Or, Phrase


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ("", 0, "the query is empty"),
        ("   # only a comment", 19, "the query is empty"),
        ("(a", 0, "never closed"),
        ("a (b OR (c", 8, "never closed"),
        ("a)", 1, "closes nothing"),
        ("()", 1, "nothing between"),
        ('"a b', 0, "never closed"),
        ('a "', 2, "never closed"),
        ('""', 0, "no letter or digit"),
        ("...", 0, "no letter or digit"),
        ("a AND", 5, "ends too early"),
        ("AND a", 0, "needs something before"),
        ("a OR", 4, "ends too early"),
        ("OR", 0, "needs something before"),
        ("a OR OR b", 5, "needs something before"),
        ("NOT", 3, "ends too early"),
        ("NOT a", 0, "absence alone"),
        ("-a", 0, "absence alone"),
        ("a OR NOT b", 0, "absence alone"),
        ("title:(NOT a)", 0, "absence alone"),
        ("a NEAR b", 2, "needs a distance"),
        ("a NEAR/ b", 2, "needs a number"),
        ("a NEAR/999 b", 2, "too far"),
        ("a NEAR/5", 8, "ends too early"),
        ("NEAR/5 a", 0, "needs something before"),
        ("a NEAR/5 NOT b", 9, "NOT can't stand here"),
        ("a NEAR/5 (NOT b)", 2, "not NOT or a field"),
        ("a NEAR/5 title:b", 2, "not NOT or a field"),
        ("*a", 0, "only stand at the end"),
        ("a*b", 0, "only stand at the end"),
        ("au*", 0, "at least 3 letters"),
        ('"the au*"', 0, "at least 3 letters"),
        ("=", 0, "right after it"),
        ("foo:bar", 0, "no field foo"),
        ("title:", 6, "ends too early"),
        ("lang: ", 6, "needs a word"),
        ("lang:(a NEAR/2 b)", 0, "words, phrases, AND, OR and NOT only"),
        ("min:3(a)", 0, "not available in this version"),
        ("@actor:x", 0, "not available in this version"),
        ('"a"~3', 0, "two words or more"),
        ("(" * 60 + "a", 51, "levels of parentheses"),
    ],
)
def test_what_is_refused_and_where(query: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert message in caught.value.message
    assert caught.value.position == position
    assert str(caught.value).splitlines()[-1].index("^") == position + 4


def test_caret_stands_in_the_right_line() -> None:
    with pytest.raises(QueryError) as caught:
        parse("Rabat AND\n  (Madrid")
    assert str(caught.value).splitlines()[1:] == ["      (Madrid", "      ^"]


def test_too_long_a_query_is_refused() -> None:
    with pytest.raises(QueryError, match="20000 are allowed"):
        parse("a " * 15_000)


@pytest.mark.parametrize(
    ("query", "warning"),
    [
        ("a or b", "'or' in small letters"),
        ("a AND b OR c", "OR beside AND"),
        ("a OR b c", "OR beside AND"),
        ("(a b) OR c", None),
        ("a OR b", None),
        ("a AND b", None),
    ],
)
def test_warnings(query: str, warning: str | None) -> None:
    warnings = parse(query).warnings
    assert warnings == () if warning is None else warning in warnings[0]


@pytest.mark.parametrize(
    ("query", "node"),
    [
        ("a b", And((Phrase("a"), Phrase("b")))),
        ("a OR b c", Or((Phrase("a"), And((Phrase("b"), Phrase("c")))))),
        ("“a b”", Phrase("a b")),
        ("«a b»", Phrase("a b")),
        ("a NEAR/3 b", Near(Phrase("a"), Phrase("b"), 3)),
        ("a ONEAR/3 b", Near(Phrase("a"), Phrase("b"), 3, ordered=True)),
        ("title:a", InText("title", Phrase("a"))),
        ("lang:(fr OR es)", Or((InMeta("lang", "fr"), InMeta("lang", "es")))),
        ("=NATO", Phrase("NATO", exact=True)),
        ("abc*", Phrase("abc", prefix=True)),
        ("NEARBY", Phrase("NEARBY")),
        ("well-known", Phrase("well-known")),
    ],
)
def test_tree(query: str, node: Node) -> None:
    assert parse(query).node == node


@given(st.text(alphabet="ab \"()-=*:#~/NEAROTD1'«»\n@", max_size=40))
def test_any_text_is_a_query_or_refused_and_written_out_the_same(query: str) -> None:
    try:
        node = parse(query).node
    except QueryError:
        return
    text = format_query(node)
    assert parse(text).node == node
    assert format_query(parse(text).node) == text
