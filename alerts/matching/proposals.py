"""Changes of an actor's rule that readers' judgement suggests, each with what it would do to the alerts they judged. Pure.

A term that stands in many articles that were dismissed and in nearly none that was kept tells another person of that name; so
does a capitalised neighbour, other case, or one alias alone. Every change is tried on all the articles before it is proposed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import mean

from alerts.matching.actors import unwanted, wanted
from alerts.matching.matcher import Matcher, compile_matcher
from alerts.text import fold_all, fold_words
from alerts.values import Actor, Alias, Document, WatchList

FEWEST = 5
"""Dismissed articles from which on changes are proposed."""
SHARE_GONE, SHARE_LOST = 0.3, 0.05
"""A change is worth proposing where this share of the dismissed goes at least, and of the kept is lost at most."""
MOST_PROPOSALS = 3
_MOST_TERMS = 4
_RARE = 0.02
"""A telling term stands in no more of the articles on the other side."""
_SHORTEST = 4
_WORD = re.compile(r"[^\W\d_]+")


class ProposalKind(StrEnum):
    """What would be changed of an actor."""

    AGAINST = "against"
    """Terms with a minus are added to its context."""
    CONTEXT = "context"
    """Terms are added to its context, of which one must stand in the article."""
    ALONE = "alone"
    EXACT = "exact"
    """An alias counts in its own case and accents only."""
    ALIAS = "alias"
    """An alias is taken out."""


@dataclass(frozen=True, slots=True)
class JudgedArticle:
    """An article of which a reader said that its alert was not relevant, or of which nobody said so."""

    document: Document
    dismissed: bool


@dataclass(frozen=True, slots=True)
class RuleProposal:
    """A change of an actor, and how many of the judged articles would no longer alert."""

    actor: str
    kind: ProposalKind
    terms: tuple[str, ...]
    """The terms of the context, or the alias that is meant; none for `alone`."""
    dismissed: int
    gone: int
    kept: int
    lost: int


def propose(actor: Actor, articles: Sequence[JudgedArticle]) -> list[RuleProposal]:
    """Return changes that are worth making, the best first; none where fewer than `FEWEST` articles were dismissed.

    Articles that the rule does not find any more, as it is now, do not count.
    """
    matcher = _matcher(actor)
    found_now = [article for article in articles if matcher.match(article.document)]
    dismissed = [article.document for article in found_now if article.dismissed]
    kept = [article.document for article in found_now if not article.dismissed]
    if len(dismissed) < FEWEST:
        return []
    found = []
    for kind, terms in _changes(actor, dismissed, kept):
        gone, lost = _unmatched(changed(actor, kind, terms), dismissed, kept)
        if gone >= SHARE_GONE * len(dismissed) and lost <= SHARE_LOST * len(kept):
            found.append(RuleProposal(actor.name, kind, terms, len(dismissed), gone, len(kept), lost))
    return sorted(found, key=lambda each: 5 * each.lost - each.gone)[:MOST_PROPOSALS]


def changed(actor: Actor, kind: ProposalKind, terms: Sequence[str]) -> Actor:
    """Return the actor with a change made. What it has already stays once."""
    match kind:
        case ProposalKind.AGAINST:
            return replace(actor, context=_joined(actor.context, [f"-{term}" for term in terms]))
        case ProposalKind.CONTEXT:
            return replace(actor, context=_joined(actor.context, terms))
        case ProposalKind.ALONE:
            names = tuple(replace(alias, alone=None) for alias in actor.names)
            return replace(actor, aliases=_given(actor, names), alone=True)
        case ProposalKind.EXACT:
            names = tuple(replace(a, exact=a.exact or a.text in terms) for a in actor.names)
            return replace(actor, aliases=_given(actor, names))
        case ProposalKind.ALIAS:
            names = tuple(
                alias for alias in actor.names if alias.text not in terms or alias.text == actor.name
            )
            return replace(actor, aliases=_given(actor, names))


def _joined(old: Sequence[str], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*old, *new)))


def _given(actor: Actor, names: Iterable[Alias]) -> tuple[str | Alias, ...]:
    """Return names as an actor holds them: plain ones as texts, its own only where that has options."""
    plain = (alias.text if alias == Alias(alias.text) else alias for alias in names)
    return tuple(alias for alias in plain if alias != actor.name)


def _changes(
    actor: Actor, dismissed: Sequence[Document], kept: Sequence[Document]
) -> Iterator[tuple[ProposalKind, tuple[str, ...]]]:
    """Yield the changes that may be worth trying."""
    own = {word for alias in actor.names for word in fold_words(alias.text).split()}
    bad, good = [_words(each, own) for each in dismissed], [_words(each, own) for each in kept]
    others = len(kept) >= FEWEST
    if others and (terms := _telling(bad, good, own | set(map(fold_words, unwanted(actor.context))))):
        yield ProposalKind.AGAINST, terms
    if not actor.alone:
        yield ProposalKind.ALONE, ()
    for alias in actor.names:
        if not alias.exact and alias.text != alias.text.lower():
            yield ProposalKind.EXACT, (alias.text,)
        if alias.text != actor.name:
            yield ProposalKind.ALIAS, (alias.text,)
    if others and not any(wanted(actor.context)) and (terms := _telling(good, bad, own)):
        yield ProposalKind.CONTEXT, terms


def _unmatched(actor: Actor, dismissed: Sequence[Document], kept: Sequence[Document]) -> tuple[int, int]:
    """Return how many of the articles would not mention the actor."""
    matcher = _matcher(actor)
    gone, lost = (sum(not matcher.match(each) for each in documents) for documents in (dismissed, kept))
    return gone, lost


def _matcher(actor: Actor) -> Matcher:
    return compile_matcher([WatchList("judged", (actor,))])


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of an article as it stands there, and how many words away from the nearest name of the actor."""

    form: str
    distance: int


_Words = dict[str, _Word]
"""By the folded word."""


def _words(document: Document, own: set[str]) -> _Words:
    """Return the words of an article that could tell one actor from another, folded."""
    forms = _WORD.findall(f"{document.title}\n{document.text}")
    every = sorted(set(forms))
    folded_of = dict(zip(every, fold_all(every), strict=True))
    names = [number for number, form in enumerate(forms) if folded_of[form] in own]
    words: _Words = {}
    for number, form in enumerate(forms):
        distance = _nearest(names, number, len(forms))
        known = words.get(folded_of[form])
        if len(form) >= _SHORTEST and (known is None or distance < known.distance):
            words[folded_of[form]] = _Word(form, distance)
    return words


def _nearest(names: Sequence[int], number: int, far: int) -> int:
    at = bisect_left(names, number)
    return min((abs(name - number) for name in names[max(0, at - 1) : at + 1]), default=far)


def _telling(here: Sequence[_Words], there: Sequence[_Words], passed_over: set[str]) -> tuple[str, ...]:
    """Return few words that stand in as many of the articles here as can be, and in nearly none there; near ones rather."""
    counts = Counter(word for words in here for word in words)
    others = Counter(word for words in there for word in words)
    telling = {
        word
        for word, count in counts.items()
        if count >= max(2, len(here) / 10) and others[word] <= _RARE * len(there) and word not in passed_over
    }
    distances = {word: mean(words[word].distance for words in here if word in words) for word in telling}
    left = list(range(len(here)))
    chosen: list[str] = []
    while telling and left and len(chosen) < _MOST_TERMS:
        gains = Counter(word for number in left for word in here[number] if word in telling)
        best = min(gains, key=lambda word: (-gains[word], others[word], distances[word], word), default="")
        if gains[best] < max(2, len(here) / 20):
            break
        chosen.append(best)
        left = [number for number in left if best not in here[number]]
    return tuple(_as_written(word, here) for word in chosen)


def _as_written(word: str, articles: Sequence[_Words]) -> str:
    forms = Counter(words[word].form for words in articles if word in words)
    return min(forms, key=lambda form: (-forms[form], form))
