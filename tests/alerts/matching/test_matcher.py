"""The matcher: a table of cases by hand, laws, and the article that the project exists for."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeAlias, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import QueryError
from alerts.matching import compile_matcher
from alerts.text import fold_words
from alerts.values import Actor, Document, Mention, Topic, WatchList

CASES = tomllib.loads((Path(__file__).parent / "cases.toml").read_text(encoding="utf-8"))["case"]


def watch_list(case: dict[str, Any]) -> WatchList:
    if "q" in case:
        return WatchList("W", topics=(Topic("T", case["q"]),))
    name, *aliases = case["actor"]
    return WatchList(
        "W",
        actors=(
            Actor(
                name,
                tuple(aliases),
                surname=case.get("surname", False),
                context=tuple(case.get("context", ())),
                exclude=tuple(case.get("exclude", ())),
            ),
        ),
    )


@pytest.mark.parametrize("case", [pytest.param(case, id=case["why"]) for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    document = Document(case.get("title", ""), case["text"], language=case.get("language"))
    mentions = compile_matcher([watch_list(case)]).match(document)
    assert [mention.surface for mention in mentions] == case["found"]


def slice_of(document: Document, mention: Mention) -> str:
    text = document.title if mention.field == "title" else document.text
    return text[mention.start : mention.end]


WORDS = st.sampled_from(
    [
        "Nasser",
        "Bourita",
        "naSSer",
        "Straße",
        "ﬁn",
        "بوريطة",
        "وبوريطة",
        "布林肯",
        "e\u0301",
        "\u00ad",
        "İ",
        "-",
        ".",
        "\n",
        "😀",
        "Rabat",
    ]
)


@given(st.lists(WORDS, max_size=30), st.lists(WORDS, max_size=8), st.sampled_from(["", " "]))
def test_mentions_slice_the_stored_text_to_the_surface(
    text: list[str], title: list[str], between: str
) -> None:
    names = ("Nasser Bourita", "Strasse", "fin", "بوريطة", "布林肯", "é", "i")
    matcher = compile_matcher([WatchList("W", actors=tuple(Actor(name) for name in names))])
    document = Document(between.join(title), between.join(text))
    for mention in matcher.match(document):
        assert slice_of(document, mention) == mention.surface
        assert mention.actor is not None
        assert fold_words(mention.surface).endswith(fold_words(mention.actor))


Tree: TypeAlias = Union[str, tuple["Tree", ...]]  # noqa: UP007  (it names itself)
SIMPLE = ["rabat", "madrid", "talks", "king"]


@given(
    st.recursive(
        st.sampled_from(SIMPLE),
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(["AND", "OR", "NEAR/1", "ONEAR/1"]), inner, inner),
            st.tuples(st.just("NOT"), inner),
        ),
        max_leaves=5,
    ),
    st.lists(st.sampled_from([*SIMPLE, "x"]), max_size=7),
)
def test_queries_agree_with_a_plain_evaluator(tree: Tree, words: list[str]) -> None:
    try:
        matcher = compile_matcher([WatchList("W", topics=(Topic("T", written(tree)),))])
    except QueryError:
        return
    assert bool(matcher.match(Document("", " ".join(words)))) == (plain(tree, words) is not None)


def written(tree: Tree) -> str:
    if isinstance(tree, str):
        return tree
    if tree[0] == "NOT":
        return f"(NOT {written(tree[1])})"
    return f"({written(tree[1])} {tree[0]} {written(tree[2])})"


def plain(tree: Tree, words: list[str]) -> set[int] | None:
    """The places of a clause, None where it is false: slow and obviously right."""
    if isinstance(tree, str):
        return {place for place, word in enumerate(words) if word == tree} or None
    if tree[0] == "NOT":
        return set() if plain(tree[1], words) is None else None
    left, right = plain(tree[1], words), plain(tree[2], words)
    if tree[0] == "OR":
        return None if left is None and right is None else (left or set()) | (right or set())
    if left is None or right is None:
        return None
    if tree[0] == "AND":
        return left | right
    pairs = {
        (a, b) for a in left for b in right if a != b and abs(a - b) <= 2 and (a < b or tree[0] == "NEAR/1")
    }
    return {place for pair in pairs for place in pair} or None


def test_broken_query_names_watch_list_and_topic() -> None:
    with pytest.raises(QueryError, match="watch list 'W', topic 'T': this \\( is never closed"):
        compile_matcher([WatchList("W", topics=(Topic("T", "(a"),))])


def test_languages_of_a_watch_list() -> None:
    matcher = compile_matcher([WatchList("W", actors=(Actor("Rabat"),), languages=("fr",))])
    assert matcher.match(Document("", "Rabat", language="fr"))
    assert matcher.match(Document("", "Rabat"))
    assert not matcher.match(Document("", "Rabat", language="en"))


def test_seed_article(data: Path) -> None:
    title, *lines = (data / "seed-article.txt").read_text(encoding="utf-8").split("\n")
    document = Document(title, "\n".join(line for line in lines if line.strip()))
    watch = WatchList(
        "Diplomacy",
        actors=(
            Actor("Antony Blinken", surname=True),
            Actor("Nasser Bourita", surname=True),
            Actor("King Mohammed VI", ("Mohammed VI",)),
            Actor("Matthew Miller", surname=True),
            Actor("Staffan de Mistura"),
        ),
        topics=(
            Topic("Autonomy plan", '"Western Sahara" NEAR/30 autonomy'),
            Topic("Negev Forum", '"Negev Forum"'),
            Topic("Resolution 2254", '"Resolution 2254"'),
            Topic("Gaza ceasefire", "ceasefire NEAR/10 Gaza"),
        ),
    )
    mentions = compile_matcher([watch]).match(document)
    assert all(slice_of(document, mention) == mention.surface for mention in mentions)
    assert [(m.actor or m.topic, m.field, m.start, m.surface) for m in mentions] == [
        ("Antony Blinken", "title", 19, "Antony Blinken"),
        ("Nasser Bourita", "title", 71, "Nasser Bourita"),
        ("Matthew Miller", "text", 265, "Matthew Miller"),
        ("King Mohammed VI", "text", 496, "King Mohammed VI"),
        ("King Mohammed VI", "text", 727, "King Mohammed VI"),
        ("Negev Forum", "text", 914, "Negev Forum"),
        ("Antony Blinken", "text", 1679, "Blinken"),
        ("Autonomy plan", "text", 1852, "autonomy"),
        ("Autonomy plan", "text", 1864, "Western Sahara"),
        ("Nasser Bourita", "text", 1957, "Nasser Bourita"),
        ("Antony Blinken", "text", 1998, "Blinken"),
        ("Antony Blinken", "text", 2114, "Blinken"),
        ("Staffan de Mistura", "text", 2192, "Staffan de Mistura"),
        ("Resolution 2254", "text", 2553, "Resolution 2254"),
        ("Gaza ceasefire", "text", 2674, "ceasefire"),
        ("Gaza ceasefire", "text", 2698, "Gaza"),
        ("King Mohammed VI", "text", 3148, "King Mohammed VI"),
    ]
