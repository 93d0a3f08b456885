"""Operators of a stranger's: one module and an entry point in a distribution of its own, and no edit anywhere else."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.errors import QueryError
from alerts.matching import compile_matcher, explain
from alerts.query import format_query, parse
from alerts.query.operators.base import GROUP
from alerts.query.operators.registry import check_operator, operators
from alerts.values import Document, Topic, WatchList
from storage.entry_points import installed

MODULE = """
from dataclasses import dataclass

from alerts.query.operators.base import (
    ArticleView, Compiler, Condition, Infix, LiteralCondition, Marks, Node, OperatorCall, Prefix, Scope, quoted,
)
from alerts.query.operators.near import Near


class Caps(Prefix):
    keywords = ("caps",)
    other_names = {"upper": "caps:NATO"}

    def read(self, call: OperatorCall) -> Node:
        return CapsNode(call.value())


@dataclass(frozen=True, slots=True)
class CapsNode(Node):
    word: str

    def written(self) -> str:
        return f"caps:{quoted(self.word)}"

    def compile(self, compiler: Compiler) -> Condition:
        return CapsCondition(self, compiler.literal(self.word))


@dataclass(frozen=True, slots=True, eq=False)
class CapsCondition(LiteralCondition):
    def find(self, article: ArticleView, scope: Scope) -> Marks | None:
        places = [place for place in article.places(self.literal) if article.inside(place, scope)]
        return [(place, self) for place in places if article.surface(place).isupper()] or None


class Around(Prefix):
    keywords = ("around",)
    takes_number = True

    def read(self, call: OperatorCall) -> Node:
        distance = call.number_between(1, 50, "around:5")
        node = call.placed_operand()
        if len(node.children) != 2:
            raise call.fail("around: takes two words")
        return Near(*node.children, distance)


class Then(Infix):
    pattern = r"THEN"
    example = "THEN"

    def join(self, call: OperatorCall, left: Node, right: Node) -> Node:
        return Near(left, right, 0, ordered=True)


class NoOperator:
    pass
"""
POINTS = """
[tocsin.operators]
caps = our_operators:Caps
around = our_operators:Around
then = our_operators:Then
broken = our_operators:NoOperator
near = our_operators:Caps
"""


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "our_operators.py").write_text(MODULE, encoding="utf-8")
    info = tmp_path / "our_operators-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: our-operators\nVersion: 1.2\n", "utf-8")
    (info / "entry_points.txt").write_text(POINTS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    _forget()
    yield
    monkeypatch.undo()
    sys.modules.pop("our_operators", None)
    _forget()


def _forget() -> None:
    installed.cache_clear()
    operators.cache_clear()


def _found(query: str, document: Document) -> list[str]:
    matcher = compile_matcher([WatchList("W", topics=(Topic("T", query),))])
    return [mention.surface for mention in matcher.match(document)]


@pytest.mark.usefixtures("stranger")
def test_an_operator_of_a_stranger_is_read_written_matched_and_explained() -> None:
    document = Document("NATO meets", "They said nato and NATO, the Western Sahara talks.")
    assert format_query(parse("caps:NATO AND talks").node) == 'caps:"NATO" AND talks'
    assert _found("caps:NATO AND talks", document) == ["NATO", "NATO", "talks"]
    assert _found("min:3(caps:NATO)", document) == []
    assert _found("text:(caps:NATO NEAR/5 sahara)", document) == ["NATO", "Sahara"]
    assert _found("western THEN sahara", document) == ["Western", "Sahara"]
    assert _found("around:5(western talks)", document) == ["Western", "talks"]
    matcher = compile_matcher([WatchList("W", topics=(Topic("T", "caps:sahara"),))])
    (explanation,) = explain(matcher, document)
    assert (explanation.clause.text, explanation.true) == ('caps:"sahara"', False)


@pytest.mark.usefixtures("stranger")
@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ("a around:60(b c)", 2, "takes a number from 1 to 50: around:5( … )"),
        ("a around:(b c)", 2, "needs a number right after the colon"),
        ("a around:5(b)", 2, "takes two words"),
        ("upper:NATO", 0, "write caps:NATO"),
        ("cap:NATO", 0, "did you mean caps:?"),
        ("THEN a", 0, "needs something before it and after it"),
    ],
)
def test_its_mistakes_have_a_place(query: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert message in caught.value.message
    assert caught.value.position == position


@pytest.mark.usefixtures("stranger")
def test_what_is_no_operator_or_has_a_taken_name_is_named_and_the_rest_works() -> None:
    assert parse("a NEAR/3 b").node == parse('"a b"~3').node
    failed = {
        plugin.name: (plugin.package, plugin.version, plugin.error)
        for plugin in installed(GROUP, check_operator).failed
    }
    assert set(failed) == {"broken", "near"}
    assert failed["near"] == ("our-operators", "1.2", "TypeError: the name 'near' is taken by tocsin")
    assert "derived from Prefix, Infix or Suffix" in failed["broken"][2]


def test_without_it_the_word_is_no_operator() -> None:
    with pytest.raises(QueryError, match="there is no field caps:"):
        parse("caps:NATO")
