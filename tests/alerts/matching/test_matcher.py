"""The matcher: a table of cases by hand, laws, and the article that the project exists for."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import QueryError
from alerts.matching import Matcher, compile_matcher, explain
from alerts.text import fold_words
from alerts.values import Actor, Alias, Document, Mention, Topic, WatchList

CASES = tomllib.loads((Path(__file__).parent / "cases.toml").read_text(encoding="utf-8"))["case"]


def watch_lists(case: dict[str, Any]) -> list[WatchList]:
    """Read what a case tracks. What is tracked for a query to refer to stands in lists before it."""
    lists = [WatchList(item["name"], tuple(map(actor, item["actors"]))) for item in case.get("lists", ())]
    if "actor" in case:
        name, *aliases = case["actor"]
        lists.append(WatchList("W", (actor({**case, "name": name, "aliases": aliases}),)))
    if "actors" in case:
        lists.append(WatchList("W", tuple(map(actor, case["actors"]))))
    if "q" in case:
        lists.append(WatchList("Q", topics=(Topic("T", case["q"]),)))
    return lists


def actor(options: dict[str, Any]) -> Actor:
    """Read an actor. Where the name itself has options, they are an alias's, and the actor is called "A"."""
    name, aliases = options["name"], tuple(map(alias, options.get("aliases", ())))
    return Actor(
        name=name if isinstance(name, str) else "A",
        aliases=aliases if isinstance(name, str) else (alias(name), *aliases),
        surname=options.get("surname", False),
        context=tuple(options.get("context", ())),
        exclude=tuple(options.get("exclude", ())),
        any_order=options.get("any_order", False),
    )


def alias(written: str | dict[str, Any]) -> str | Alias:
    if isinstance(written, str):
        return written
    options = dict(written)
    for terms in {"context", "exclude"} & set(written):
        options[terms] = tuple(written[terms])
    return Alias(**options)


def article(case: dict[str, Any]) -> Document:
    names = ("language", "outlet", "url", "country", "author", "credit")
    known: dict[str, Any] = {key: case.get(key) for key in names}
    return Document(case.get("title", ""), case["text"], **known)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["why"]) for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    document = article(case)
    mentions = compile_matcher(watch_lists(case)).match(document)
    wanted = [mention for mention in mentions if "q" not in case or mention.topic == "T"]
    wanted.sort(key=lambda mention: (mention.field != "title", mention.start, mention.end))
    assert [mention.surface for mention in wanted] == case["found"]
    assert all(slice_of(document, mention) == mention.surface for mention in mentions)


def test_cases_are_told_apart_by_their_reasons() -> None:
    assert len({case["why"] for case in CASES}) == len(CASES) >= 200


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


@given(st.lists(WORDS, max_size=30), st.lists(WORDS, max_size=8), st.sampled_from(["", " "]), st.booleans())
def test_mentions_slice_the_stored_text_to_the_surface(
    text: list[str], title: list[str], between: str, forms: bool
) -> None:
    names = ("Nasser Bourita", "Strasse", "fin", "بوريطة", "布林肯", "é", "i")
    matcher = compile_matcher([WatchList("W", actors=tuple(Actor(name, forms=forms) for name in names))])
    document = Document(between.join(title), between.join(text))
    for mention in matcher.match(document):
        assert slice_of(document, mention) == mention.surface
        assert mention.actor is not None
        without_initials = fold_words(mention.surface).replace(" i ", " ")
        assert forms or without_initials.endswith(fold_words(mention.actor))


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


def test_what_a_private_list_tracks_is_referred_to_by_its_own_topics_alone() -> None:
    secret = WatchList(
        "Secret", (Actor("Wagner"),), (Topic("own", "@actor:Wagner NEAR/3 gold"),), private=True
    )
    others = WatchList("Others", (), (Topic("list", "@list:Secret"), Topic("actor", "@actor:Wagner")))
    document = Document("Wagner sells gold", "")

    def found(matcher: Matcher) -> set[tuple[str, str | None]]:
        return {(mention.watch, mention.topic) for mention in matcher.match(document) if mention.topic}

    closed = compile_matcher([secret, others])
    assert found(closed) == {("Secret", "own")}
    told = {(one.watch, one.topic): one.clause.true for one in explain(closed, document) if one.topic}
    assert told == {("Secret", "own"): True, ("Others", "list"): False, ("Others", "actor"): False}
    opened = closed.with_changes([WatchList("Secret")])
    assert found(opened) == {("Secret", "own"), ("Others", "list"), ("Others", "actor")}
    assert found(opened.with_changes([WatchList("Secret", private=True)])) == {("Secret", "own")}
