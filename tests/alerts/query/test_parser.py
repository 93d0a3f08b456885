"""The query language: the tree of a query, and what its author is warned of."""

from __future__ import annotations

import unicodedata

import pytest

from alerts.query import Node, Reference, parse
from alerts.query.boolean import And, Not, Or
from alerts.query.operators.at_least import AtLeast
from alerts.query.operators.facts import InMeta
from alerts.query.operators.first import First
from alerts.query.operators.near import Near
from alerts.query.operators.stem import Stem
from alerts.query.operators.text_fields import InText
from alerts.query.parser import _LETTER
from alerts.query.phrase import Phrase
from alerts.text import fold_words


@pytest.mark.parametrize(
    ("query", "node"),
    [
        ("a b", And((Phrase("a"), Phrase("b")))),
        ("a OR b c", Or((Phrase("a"), And((Phrase("b"), Phrase("c")))))),
        ("a AND NOT b", And((Phrase("a"), Not(Phrase("b"))))),
        ("a -b", And((Phrase("a"), Not(Phrase("b"))))),
        ("“a b”", Phrase("a b")),
        ("«a b»", Phrase("a b")),
        ("a NEAR/3 b", Near(Phrase("a"), Phrase("b"), 3)),
        ("a ONEAR/3 b", Near(Phrase("a"), Phrase("b"), 3, ordered=True)),
        ('a NEAR/3"b c"', Near(Phrase("a"), Phrase("b c"), 3)),
        ("a NEAR/3(b)", Near(Phrase("a"), Phrase("b"), 3)),
        ('"a b"~3', Near(Phrase("a"), Phrase("b"), 3)),
        ('"a - autonom*"~3', Near(Phrase("a"), Phrase("autonom", prefix=True), 3)),
        ("title:a", InText("title", Phrase("a"))),
        ("title:(a b)", InText("title", And((Phrase("a"), Phrase("b"))))),
        ("lang:(fr OR es)", Or((InMeta("lang", "fr"), InMeta("lang", "es")))),
        ('outlet:"Le  Monde"', InMeta("outlet", "Le Monde")),
        ("=NATO", Phrase("NATO", exact=True)),
        ('="Côte d’Ivoire"', Phrase("Côte d’Ivoire", exact=True)),
        ("NEARBY", Phrase("NEARBY")),
        ("Near East", And((Phrase("Near"), Phrase("East")))),
        ("well-known", Phrase("well-known")),
        ("AT&T", Phrase("AT&T")),
        ("24/7", Phrase("24/7")),
    ],
)
def test_tree(query: str, node: Node) -> None:
    assert parse(query).node == node


@pytest.mark.parametrize(
    ("query", "node"),
    [
        ("min:3(a OR b)", AtLeast(3, Or((Phrase("a"), Phrase("b"))))),
        ('min:3"a b"', AtLeast(3, Phrase("a b"))),
        ("MIN:1000 a b", And((AtLeast(1000, Phrase("a")), Phrase("b")))),
        ("first:100(a)", First(100, Phrase("a"))),
        ("first:50 title", First(50, Phrase("title"))),
        ("first:50 title:a", First(50, InText("title", Phrase("a")))),
        ("title:min:2(a)", InText("title", AtLeast(2, Phrase("a")))),
        ("min:2(first:9(stem:a))", AtLeast(2, First(9, Stem("a")))),
        ("min:2(a NEAR/3 b)", AtLeast(2, Near(Phrase("a"), Phrase("b"), 3))),
        ("stem:elections", Stem("elections")),
        ('stem:"elections"', Stem("elections")),
        ("stem:الانتخابات", Stem("الانتخابات")),
        ("@actor:Bourita", Reference("actor", "Bourita")),
        ('@ACTOR: "Nasser  Bourita"', Reference("actor", "Nasser Bourita")),
        ("@list:«Sanctions»", Reference("list", "Sanctions")),
        ("stem:a NEAR/3 @list:b", Near(Stem("a"), Reference("list", "b"), 3)),
        ("min:2 a NEAR/3 first:9 b", Near(AtLeast(2, Phrase("a")), First(9, Phrase("b")), 3)),
        (
            "(min:2 a OR @actor:b) ONEAR/3 (first:9(stem:c) d)",
            Near(
                Or((AtLeast(2, Phrase("a")), Reference("actor", "b"))),
                And((First(9, Stem("c")), Phrase("d"))),
                3,
                ordered=True,
            ),
        ),
    ],
)
def test_tree_of_counts_stems_and_references(query: str, node: Node) -> None:
    assert parse(query).node == node


def test_reference_knows_its_place_in_code_points() -> None:
    node = parse("𝕏 الرباط\nAND @actor:a").node
    assert isinstance(node, And)
    assert [part.position for part in node.parts if isinstance(part, Reference)] == [13]


@pytest.mark.parametrize(
    ("query", "node"),
    [
        ("abc*", Phrase("abc", prefix=True)),
        ("布林*", Phrase("布林", prefix=True)),
        ("안보*", Phrase("안보", prefix=True)),
        ("ไท*", Phrase("ไท", prefix=True)),
        ("ドイ*", Phrase("ドイ", prefix=True)),
        ("ひら*", Phrase("ひら", prefix=True)),
        ("وزي*", Phrase("وزي", prefix=True)),
        ("=Nat*", Phrase("Nat", exact=True, prefix=True)),
        ('"autonomy plan*"', Phrase("autonomy plan", prefix=True)),
        ('="Autonomy Plan*"', Phrase("Autonomy Plan", exact=True, prefix=True)),
        ('"习近平 布林*"', Phrase("习近平 布林", prefix=True)),
        ('"M*A*S*H"', Phrase("M*A*S*H")),
        ('"what next?"', Phrase("what next?")),
    ],
)
def test_wildcards(query: str, node: Node) -> None:
    assert parse(query).node == node


@pytest.mark.parametrize(
    ("query", "node"),
    [
        ("# all of it\na", Phrase("a")),
        ("a # the end", Phrase("a")),
        ("a # one\n# two\n\nAND # three\r\nb", And((Phrase("a"), Phrase("b")))),
        ('a NEAR/3 # near ( " what\nb', Near(Phrase("a"), Phrase("b"), 3)),
        ("title: # in the title\na", InText("title", Phrase("a"))),
        ("( # or\na)# end", Phrase("a")),
        ('"a # b"', Phrase("a # b")),
        ("C#", Phrase("C#")),
        ("=C#", Phrase("C#", exact=True)),
        ('"#MeToo"', Phrase("#MeToo")),
    ],
)
def test_comments(query: str, node: Node) -> None:
    assert parse(query).node == node


@pytest.mark.parametrize(
    ("query", "warning"),
    [
        ("Rabat or Madrid", "'or' in small letters is a word to be found; write OR"),
        ("(Rabat and Madrid)", "'and' in small letters"),
        ("Rabat And Madrid", "'And' in small letters"),
        ("Rabat not Madrid", "'not' in small letters"),
        ("Rabat near Madrid", "write NEAR/10"),
        ("Rabat AND Fes OR Oujda", "OR beside AND"),
        ("Rabat OR Fes Oujda", "OR beside AND"),
        ("Rabat OR Fes NOT Oujda", "OR beside AND"),
        ("(Rabat) Fes OR Oujda", "OR beside AND"),
        ("(a b) OR c d", "OR beside AND"),
        ("title:(a OR b c)", "OR beside AND"),
        ("Rabat NEAR/51 Madrid", "NEAR/51 is nearly the whole article"),
        ('"Rabat Madrid"~60', "~60 is nearly the whole article"),
        ("EU", "'EU' alone matches much, in any case: write =EU"),
        ("Rabat OR un", "'un' alone"),
        ("Rabat #Madrid", '#Madrid begins a comment; write "#Madrid"'),
        ("'Rabat Madrid'", "single quotation marks make no phrase"),
    ],
)
def test_author_is_warned(query: str, warning: str) -> None:
    assert [warning in given for given in parse(query).warnings] == [True]


@pytest.mark.parametrize(
    "query",
    [
        "Rabat OR Madrid",
        "Rabat AND Madrid",
        "(Rabat Madrid) OR Paris",
        "Rabat AND (Madrid OR Paris)",
        '"Rabat and Madrid"',
        "=or",
        "Rabat NEAR/50 Madrid",
        "=EU",
        "EU Rabat",
        "欧盟",
        "# Rabat\nMadrid # Paris",
        "#Rabat\nMadrid",
        "'Ndrangheta l'accord",
    ],
)
def test_author_is_not_warned(query: str) -> None:
    assert parse(query).warnings == ()


def test_letters_taken_for_granted_are_kept_by_folding() -> None:
    taken = [character for code in range(0x20000) if _LETTER.match(character := chr(code))]
    assert [unicodedata.name(character) for character in taken if not fold_words(character)] == []
