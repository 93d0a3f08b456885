"""Writing a query out: what was read comes back, whatever stands in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.errors import QueryError
from alerts.query import Node, Reference, format_query, parse
from alerts.query.boolean import And, Not, Or
from alerts.query.operators.at_least import AtLeast
from alerts.query.operators.facts import META_FIELDS, InMeta
from alerts.query.operators.first import First
from alerts.query.operators.near import Near
from alerts.query.operators.stem import Stem
from alerts.query.operators.text_fields import TEXT_FIELDS, InText
from alerts.query.phrase import Phrase
from alerts.text import fold_words

WORDS = (
    *(
        "Rabat",
        "élection",
        "الرباط",
        "وزير",
        "Москва",
        "布林肯",
        "ประเทศ",
        "서울",
        "हिन्दी",
        "ラーメン",
        "צהל",
        "Ελλάδα",
    ),
    *(
        "AND",
        "OR",
        "NOT",
        "NEAR",
        "ONEAR",
        "NEAR/5",
        "near/5",
        "NEAR3",
        "w/5",
        "and",
        "or",
        "not",
        "ANDNOT",
        "/s",
    ),
    *(
        "C#",
        "#tag",
        "=x",
        "-x",
        "x-y",
        "--x",
        "@x",
        "@actor:x",
        "a@b.org",
        "min:3",
        "first:9",
        "title:x",
        "12:30",
    ),
    *(
        "x:",
        "x*y",
        "*x",
        "x?",
        "a~",
        "~3",
        "a^2",
        "+x",
        "!x",
        "a|b",
        "a&&b",
        "&x",
        "(x)",
        "x)",
        "(x",
        "{x}",
        "[x]",
    ),
    *(
        "l'accord",
        "O’Neil",
        "'x",
        "x'",
        "\\x",
        "/x/",
        "<<<x>>>",
        "$x",
        "100%",
        "x,y",
        "x\ud800",
        "\x00x",
        "x\u0301",
    ),
)
_INNER_STAR = re.compile(r"\w\*+ ")


def _normal(text: str) -> str:
    return " ".join(re.sub('["“”„«»‟＂]', " ", text).split())


words = st.one_of(st.sampled_from(WORDS), st.text(max_size=6)).map(_normal).filter(fold_words)
texts = (
    st.lists(words, min_size=1, max_size=3)
    .map(" ".join)
    .filter(lambda text: not text.endswith("*") and not _INNER_STAR.search(text))
)
values = texts.filter(lambda text: not text.startswith("*"))
phrases = st.builds(Phrase, texts, st.booleans())
prefixes = st.builds(
    Phrase, texts.filter(lambda text: len(fold_words(text).split()[-1]) > 2), st.booleans(), st.just(True)
)
stems = st.builds(Stem, values.filter(lambda text: " " not in text and " " not in fold_words(text)))
references = st.builds(Reference, st.sampled_from(("actor", "list")), values, st.integers(0, 99))
metas = st.builds(InMeta, st.sampled_from(META_FIELDS), values)


def _several(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    some = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.builds(And, some) | st.builds(Or, some)


def _around(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """What stands at places, around what does."""
    return st.one_of(
        _several(parts),
        st.builds(Near, parts, parts, st.integers(0, 100), st.booleans()),
        st.builds(AtLeast, st.integers(2, 1000), parts),
        st.builds(First, st.integers(1, 10_000), parts),
    )


def _scoped(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.builds(InText, st.sampled_from(TEXT_FIELDS), parts)


placed: st.SearchStrategy[Node] = st.recursive(
    st.one_of(phrases, prefixes, stems, references), _around, max_leaves=6
)
counted = st.one_of(
    st.builds(AtLeast, st.integers(2, 1000), _scoped(placed)),
    st.builds(First, st.integers(1, 10_000), _several(_scoped(placed))),
)
nodes: st.SearchStrategy[Node] = st.recursive(
    st.one_of(placed, counted, metas),
    lambda parts: st.one_of(_several(parts), st.builds(Not, parts), _scoped(parts)),
    max_leaves=6,
)
queries = st.one_of(placed, nodes.map(lambda node: And((Phrase("Rabat"), node))))


@settings(
    max_examples=400,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(queries)
@pytest.mark.thorough
def test_any_tree_is_written_out_and_read_again(node: Node) -> None:
    text = format_query(node)
    assert parse(text).node == node
    assert format_query(parse(text).node) == text


PIECES = (
    *WORDS,
    *(
        " ",
        " ",
        " ",
        "(",
        ")",
        '"',
        '" ',
        ' "',
        "«",
        "»",
        "“",
        "”",
        "-",
        "=",
        "*",
        ":",
        "#",
        "\n",
        "~3",
        "~",
        "@",
    ),
    *(
        " AND ",
        " OR ",
        " NOT ",
        " NEAR/3 ",
        " ONEAR/0 ",
        "title:",
        "lang:",
        "outlet:(",
        "min:2(",
        "first:9 ",
        "stem:",
    ),
    *('@actor:"', "@list:", "abc", "abc*", "=NATO", ' # x"\n'),
)


def read(query: str) -> Node | None:
    """The tree; None where the query is refused, at a place in it."""
    refusal: QueryError | None = None
    try:
        return parse(query).node
    except QueryError as error:
        refusal = error
    assert 0 <= refusal.position <= len(query)
    return None


@settings(max_examples=10 * settings().max_examples)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_text_is_a_query_or_refused_and_written_out_the_same(query: str) -> None:
    node = read(query)
    if node is None:
        return
    text = format_query(node)
    assert parse(text).node == node
    assert format_query(parse(text).node) == text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("a b OR c", "(a AND b) OR c"),
        ("a -b", "a AND NOT b"),
        ('"Rabat"', "Rabat"),
        ('"AND"', '"AND"'),
        ("=AND*", '="AND*"'),
        ('"a b"~2', "a NEAR/2 b"),
        ('"NEAR/5"', '"NEAR/5"'),
        ("min:3 a", "min:3(a)"),
        ("FIRST:100 title:(a OR b)", "first:100(title:(a OR b))"),
        ('stem:"elections"', "stem:elections"),
        ('stem:"C#"', "stem:C#"),
        ("@Actor:Bourita", '@actor:"Bourita"'),
        ("lang:(fr OR es)", 'lang:"fr" OR lang:"es"'),
        ("Rabat # the capital\nMadrid", "Rabat AND Madrid"),
        ("a NEAR/1 b NEAR/2 c", "a NEAR/1 b NEAR/2 c"),
        ("a NEAR/1 (b NEAR/2 c)", "a NEAR/1 (b NEAR/2 c)"),
    ],
)
def test_one_way_of_writing(query: str, text: str) -> None:
    assert format_query(parse(query).node) == text


@pytest.mark.parametrize(
    "node", [Phrase('a "b" c'), Reference("actor", "Dwayne “The Rock” Johnson"), InMeta("outlet", "«x")]
)
def test_quotation_marks_in_a_text_do_not_break_the_query(node: Node) -> None:
    assert parse(format_query(node)).node
