"""What is refused: where the caret stands, and what is suggested."""

from __future__ import annotations

import pickle

import pytest

from alerts.errors import QueryError
from alerts.query import parse


def _refused(query: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert message in caught.value.message
    assert caught.value.position == position
    line_start = query[:position].rfind("\n") + 1
    assert str(caught.value).splitlines()[-1].index("^") == position - line_start + 4


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ("", 0, "the query is empty"),
        ("   # only a comment", 19, "empty (# begins a comment)"),
        ("(a", 0, "never closed: add )"),
        ("a (b OR (c", 8, "never closed"),
        ("a)", 1, "closes nothing"),
        ("()", 1, "nothing between"),
        ('"a b', 0, 'never closed: add "'),
        ('a "', 2, "never closed"),
        ("“a b", 0, "never closed: add ”"),
        ("«a b", 0, "never closed: add »"),
        ("«a b”", 0, "never closed: add »"),
        ("a b»", 3, "closes nothing"),
        ('""', 0, "no letter or digit"),
        ("...", 0, "no letter or digit in '...'"),
        ("\x00", 0, "no letter or digit"),
        ("a AND", 5, "ends too early"),
        ("AND a", 0, "needs something before it and after it: a AND b"),
        ("AND NOT a", 0, "a AND NOT b"),
        ("a OR", 4, "ends too early"),
        ("OR", 0, "needs something before"),
        ("a OR OR b", 5, "needs something before"),
        ("(a or OR)", 8, "before this )"),
        ("NOT", 3, "ends too early"),
        ("NOT a", 0, "absence alone"),
        ("-a", 0, "absence alone"),
        ("a OR NOT b", 0, "absence alone"),
        ("NOT a AND -b", 0, "absence alone"),
        ("title:(NOT a)", 0, "absence alone"),
        ("NOT min:2(a)", 0, "absence alone"),
        ("a NEAR/999 b", 2, "too far"),
        (f"a NEAR/{'9' * 6000} b", 2, "too far"),
        ('"a b"~999', 0, "~999 is too far"),
        ("a NEAR/5", 8, "ends too early"),
        ("NEAR/5 a", 0, "needs something before"),
        ("a NEAR/5 NOT b", 9, "NOT can't stand here"),
        ("title:-a", 6, "NOT can't stand here: write it first"),
        ("a NEAR/5 (NOT b)", 2, "not NOT or a field: title:(a NEAR/5 b)"),
        ("a NEAR/5 title:b", 2, "not NOT or a field"),
        ("a NEAR/5 min:2(title:b)", 2, "not NOT or a field"),
        ("*a", 0, "only stand at the end"),
        ("a*b", 0, "only stand at the end"),
        ("organi?ation", 0, "? not at all"),
        ("au*", 0, "at least 3 letters"),
        ("l'au*", 0, "at least 3 letters"),
        ("林*", 0, "at least 3 letters"),
        ('"the au*"', 0, "at least 3 letters"),
        ('"autonom* plan"', 0, "autonom* ONEAR/0 plan"),
        ('"a"~3', 0, "two words or more"),
        ('"a -"~3', 0, "two words or more"),
        ("=", 0, "= needs a word"),
        ("a = b", 2, "= needs a word"),
    ],
)
def test_what_cannot_be_read(query: str, position: int, message: str) -> None:
    _refused(query, position, message)


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ("foo:bar", 0, "no field foo: (known are about:, title:, "),
        ("Rabat AND titel:x", 10, "did you mean title:?"),
        ("título:Rabat", 0, "did you mean title:?"),
        ("ministro:Bourita", 0, "no field ministro:"),
        ("title:", 6, "ends too early"),
        ("lang: ", 6, "lang: needs a word"),
        ("url:https://hespress.com", 4, 'in quotation marks, right after it: url:"…"'),
        ("outlet:reut*", 7, "whole words without =, * and ~"),
        ("outlet:=Reuters", 7, "whole words without"),
        ('outlet:"a b"~3', 7, "whole words without"),
        ('outlet:"…"', 7, "no letter or digit"),
        ("lang:(a NEAR/2 b)", 0, "words, phrases, AND, OR and NOT only"),
        ("outlet:(stem:a)", 0, "words, phrases, AND, OR and NOT only"),
        ("outlet:(min:2(a))", 0, "words, phrases, AND, OR and NOT only"),
        ("outlet:(first:9(a))", 0, "words, phrases, AND, OR and NOT only"),
        ("b outlet:(a OR @actor:a)", 2, "words, phrases, AND, OR and NOT only"),
        ("outlet:(abc*)", 0, "words, phrases, AND, OR and NOT only"),
        ("outlet:(=abc)", 0, "words, phrases, AND, OR and NOT only"),
        ("min:(a)", 0, "needs a number right after the colon, then ( … ): min:3( … )"),
        ("min: 3(a)", 0, "needs a number right after the colon"),
        ("first:a", 0, "right after the colon, then ( … ): first:100( … )"),
        ("min:1(a)", 0, "from 2 to 1000"),
        ("min:1001(a)", 0, "from 2 to 1000"),
        (f"min:{'9' * 6000}(a)", 0, "from 2 to 1000"),
        ("first:0(a)", 0, "from 1 to 10000"),
        ("first:10001(a)", 0, "from 1 to 10000"),
        ("min:3a", 5, "( was expected after the number: min:3( … )"),
        ("first:3.5(a)", 7, "( was expected after the number"),
        ("min:3", 5, "ends too early"),
        ("a AND min:3 OR b", 12, "needs something before"),
        ("min:3(NOT a)", 0, "have none: put them outside"),
        ("a first:9(b NOT c)", 2, "have none: put them outside"),
        ("min:3(lang:fr)", 0, "have none"),
        ("first:9(title:(a NOT b))", 0, "have none"),
        ("min:2(first:9(-a))", 6, "have none"),
        ('stem:"general elections"', 5, "stem: takes one word"),
        ("stem:well-known", 5, "stem: takes one word"),
        ("stem:(a OR b)", 5, "stem: needs a word"),
        ("stem:elect*", 5, "without =, * and ~"),
        ("stem:", 5, "stem: needs a word"),
        ("@actor:", 7, '@actor: needs a word, or a phrase in quotation marks, right after it: @actor:"…"'),
        ("@list:(a OR b)", 6, "@list: needs a word"),
        ("@actor:=NATO", 7, "without =, * and ~"),
        ('@list:"Sanc*"', 6, "without =, * and ~"),
        ('@actor:""', 7, "no letter or digit"),
        ("a @acotr:b", 2, "actor: and list: was expected"),
        ("@NATO", 0, "put anything else that begins with @ in quotation marks"),
        ("@actor", 0, "actor: and list: was expected"),
    ],
)
def test_wrong_use_of_fields(query: str, position: int, message: str) -> None:
    _refused(query, position, message)


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ("a NEAR b", 2, "write NEAR/10"),
        ("a NEAR 3 b", 2, "write NEAR/3"),
        ("a NEAR b2", 2, "write NEAR/10"),
        ("a ONEAR 4 b", 2, "write ONEAR/4"),
        ("a NEAR/ b", 2, "write NEAR/10"),
        ("a NEAR3 b", 2, "write NEAR/3"),
        ("a near/3 b", 2, "write NEAR/3"),
        ("a near3 b", 2, "write NEAR/3"),
        ("a Near/x b", 2, "write NEAR/10"),
        ("a NEAR:3 b", 2, "write NEAR/10"),
        ("a NEAR/3f b", 2, "write ONEAR/3"),
        ("a NEAR/3b", 2, "write NEAR/3"),
        ("a w/5 b", 2, "write NEAR/5"),
        ("a pre/5 b", 2, "write ONEAR/5"),
        ("a adj5 b", 2, "write ONEAR/5"),
        ("a /s b", 2, "write NEAR/10"),
        ("atleast5(a)", 0, "write min:5( … )"),
        ('"a b" ~3', 6, 'right after the closing quotation mark: "a b"~5'),
        ("abc~2", 0, "no fuzzy search; write autonom* or stem:"),
        ("abc^2", 0, "no weights"),
        ("a && b", 2, "write AND"),
        ("a & b", 2, "write AND"),
        ("a || b", 2, "write OR"),
        ("a|b", 0, "write OR"),
        ("a !b", 2, "write NOT"),
        ("a ANDNOT b", 2, "write NOT"),
        ("+a +b", 0, "leave the + out"),
        ("<<<comment>>> a", 0, "a comment begins with #"),
        ("{Case}", 0, "write =NATO for exact case"),
        ("[a OR b]", 0, "write ( … ) for a group"),
        ("/a.*b/", 0, "no regular expressions"),
        ("raw:NATO", 0, "write =NATO"),
        ("site:hespress.com", 0, "write outlet: or url:"),
        ("headline:a", 0, "write title:"),
        ("intitle:a", 0, "write title:"),
        ("Rabat\nAND source:a", 10, "write outlet:"),
        ("language:fr", 0, "write lang:"),
        ("actor:Bourita", 0, "write @actor:"),
        ("a https://b.org", 2, 'write url:"…"'),
        ("a AND #b", 8, '#b begins a comment, write "#b"'),
    ],
)
def test_what_other_query_languages_write(query: str, position: int, message: str) -> None:
    _refused(query, position, message)


def test_caret_stands_in_the_right_line() -> None:
    with pytest.raises(QueryError) as caught:
        parse("Rabat AND\n  (Madrid")
    assert str(caught.value).splitlines()[1:] == ["      (Madrid", "      ^"]


def test_position_counts_code_points() -> None:
    _refused("الرباط OR 𝕏𝕏 OR (", 17, "ends too early")


def test_passes_from_one_process_to_another() -> None:
    with pytest.raises(QueryError) as caught:
        parse("Rabat AND (Madrid")
    passed = pickle.loads(pickle.dumps(caught.value))
    assert (str(passed), passed.position) == (str(caught.value), caught.value.position)


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ("a AROUND(5) b", 2, "write NEAR/5"),
        ("headline(Rabat)", 0, "headline( … ) is not understood: write title:( … )"),
        ("a lang:english", 2, "lang: takes a code, not a name: write lang:en"),
        ("a country:Morocco", 2, "country: takes a code, not a name: write country:MA"),
        ("a lang:(fr OR french)", 2, "write lang:fr"),
        ("Rabat ET Madrid", 6, "ET is not understood: write AND"),
        ("Rabat ODER Madrid", 6, "write OR"),
        ("（Rabat", 0, "never closed"),
    ],
)
def test_what_people_write_in_their_own_way(query: str, position: int, message: str) -> None:
    _refused(query, position, message)


def test_signs_of_full_width_are_read_and_foreign_words_in_quotation_marks_too() -> None:
    assert parse("（苹果 OR 梨）AND 北京").node == parse("(苹果 OR 梨) AND 北京").node
    assert parse('Rabat "ET" Madrid').warnings == parse("Rabat et Madrid").warnings
