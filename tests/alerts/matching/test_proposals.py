"""Changes of a rule that dismissals suggest."""

from __future__ import annotations

import pytest

from alerts.matching.proposals import FEWEST, JudgedArticle, ProposalKind, changed, propose
from alerts.values import Actor, Alias, Document

CITIES = ("Amman", "Zarqa", "Irbid", "Aqaba", "Madaba", "Jerash")


def king(number: int) -> JudgedArticle:
    text = (
        f"In {CITIES[number % 6]} the state of Jordan signed on water with its neighbours, number {number}."
    )
    return JudgedArticle(Document("Treaty on water signed", text, "en"), dismissed=False)


def striker(number: int) -> JudgedArticle:
    word = "striker" if number % 3 else "keeper"
    text = f"In {CITIES[number % 6]} the {word} Jordan signed on water with its neighbours, number {number}."
    return JudgedArticle(Document("Signed on water", text, "en"), dismissed=True)


@pytest.mark.parametrize("dismissed", [0, FEWEST - 1])
def test_nothing_is_proposed_of_few_dismissals(dismissed: int) -> None:
    articles = [*map(king, range(40)), *map(striker, range(dismissed))]
    assert propose(Actor("Jordan"), articles) == []


def test_words_that_tell_the_other_person_are_proposed_with_their_effect() -> None:
    articles = [*map(king, range(40)), *map(striker, range(30))]
    best = propose(Actor("Jordan"), articles)[0]
    assert (best.kind, best.terms) == (ProposalKind.AGAINST, ("striker", "keeper"))
    assert (best.dismissed, best.gone, best.kept, best.lost) == (30, 30, 40, 0)


def test_effect_counts_what_would_be_lost() -> None:
    both = JudgedArticle(Document("Honours for a striker", "Jordan signed on water.", "en"), dismissed=False)
    articles = [*map(king, range(99)), both, *map(striker, range(30))]
    best = propose(Actor("Jordan"), articles)[0]
    assert (best.gone, best.kept, best.lost) == (30, 100, 1)


def test_change_that_loses_too_much_is_not_proposed() -> None:
    articles = [*map(striker, range(30))]
    articles += [JudgedArticle(each.document, dismissed=False) for each in map(striker, range(30, 60))]
    assert propose(Actor("Jordan"), articles) == []


def test_terms_of_which_one_must_stand_are_proposed_where_the_others_share_nothing() -> None:
    words = ("tennis", "golf", "baker", "singer", "pilot", "chess", "poet", "diver", "judge", "clown")
    articles = [*map(king, range(40))]
    articles += [
        JudgedArticle(Document(word.title(), f"Jordan, {word} of the year", "en"), dismissed=True)
        for word in words
    ]
    (best,) = (each for each in propose(Actor("Jordan"), articles) if each.kind is ProposalKind.CONTEXT)
    assert (best.gone, best.lost) == (10, 0)


def test_alias_that_brings_only_others_is_proposed_to_go() -> None:
    articles = [
        JudgedArticle(
            Document(f"Phosphate {number}", "The OCP Group exports phosphate.", "en"), dismissed=False
        )
        for number in range(20)
    ]
    articles += [
        JudgedArticle(
            Document(f"Parts {number}", f"An ocp of size {number} was fitted", "en"), dismissed=True
        )
        for number in range(10)
    ]
    found = propose(Actor("OCP Group", aliases=("OCP",)), articles)
    assert {each.kind for each in found} == {ProposalKind.AGAINST, ProposalKind.EXACT, ProposalKind.ALIAS}
    assert {(each.gone, each.lost) for each in found} == {(10, 0)}


@pytest.mark.parametrize(
    ("kind", "terms", "expected"),
    [
        pytest.param("against", ("goal",), Actor("Jordan", ("JO",), context=("-goal",)), id="against"),
        pytest.param("context", ("king",), Actor("Jordan", ("JO",), context=("king",)), id="context"),
        pytest.param("alone", (), Actor("Jordan", ("JO",), alone=True), id="alone"),
        pytest.param("exact", ("JO",), Actor("Jordan", (Alias("JO", exact=True),)), id="exact"),
        pytest.param(
            "exact",
            ("Jordan",),
            Actor("Jordan", (Alias("Jordan", exact=True), "JO")),
            id="its own name exact",
        ),
        pytest.param("alias", ("JO",), Actor("Jordan"), id="without an alias"),
        pytest.param("alias", ("Jordan",), Actor("Jordan", ("JO",)), id="its own name stays"),
    ],
)
def test_changes(kind: str, terms: tuple[str, ...], expected: Actor) -> None:
    new = changed(Actor("Jordan", ("JO",)), ProposalKind(kind), terms)
    assert new == expected
    assert changed(new, ProposalKind(kind), terms) == expected
