"""Changes of a watch list that its readers' dismissals suggest, each with its effect on the alerts they judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.matching.proposals import (
    FEWEST,
    SHARE_GONE,
    SHARE_LOST,
    JudgedArticle,
    ProposalKind,
    changed,
    propose,
)
from alerts.watchlists import from_actor, to_actor
from service.actions.acting import act
from service.actions.actors import find_actor
from service.actions.errors import InvalidError
from service.actions.lookup import editable_list, find_list
from service.actions.saved import Saved
from service.actions.silences import Muted, add_silence
from storage.language import N_, _
from storage.stores.alerts.dismissals import JudgedAlert, judged_alerts, often_dismissed
from storage.stores.articles.archive import archived_articles
from storage.stores.watch.watch_edits import put_actors, set_facts
from storage.stores.watch.watch_lists import WatchFacts, actors_named
from storage.tables import DismissalKind

MOST_ALERTS = 300
"""The newest dismissed alerts, and the newest kept ones, that are looked at for each actor."""
MOST_ACTORS = 20
OUTLET_MUTED = timedelta(days=365)
_SHARE_OF_OUTLET = 0.8
"""An outlet is proposed to be muted where this share of what the list has of it was dismissed."""

Proposable = Literal["against", "context", "alone", "exact", "alias", "min-score", "outlet"]
"""What can be changed: of an actor (`ProposalKind`), the list's least score, or an outlet muted for the list."""
PROPOSABLE: dict[str, Proposable] = {kind: kind for kind in get_args(Proposable)}
_ABOUT_ACTORS = frozenset({DismissalKind.UNSAID, DismissalKind.ANOTHER})


_CHANGES: dict[Proposable, str] = {
    "against": N_("{actor}: not where the article says {terms}"),
    "context": N_("{actor}: only where the article says {terms}"),
    "alone": N_("{actor}: not as a part of another name (alone)"),
    "exact": N_("{actor}: {terms} only in its own case and accents (exact)"),
    "alias": N_("{actor}: without the alias {terms}"),
    "min-score": N_("least score {terms}"),
    "outlet": N_("mute {terms} in this list for a year"),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change, and how many of the dismissed alerts would go and of the kept be lost by it."""

    kind: Proposable
    actor: str
    """Whose rule it changes; "" where it is the list's."""
    terms: tuple[str, ...]
    """Terms of the context, an alias, the outlet, or the least score."""
    dismissed: int
    gone: int
    kept: int
    lost: int


def in_words(proposal: Proposal) -> str:
    """Return what a proposal would change."""
    terms = " or ".join(f"“{term}”" for term in proposal.terms)
    if proposal.kind in ("min-score", "outlet"):
        terms = ", ".join(proposal.terms)
    return _(_CHANGES[proposal.kind], actor=proposal.actor, terms=terms)


def proposals(session: Session, which: str | int) -> list[Proposal]:
    """Return the changes of a list that are worth making, those that take away most first. Raises `NotFoundError`."""
    facts = find_list(session, which)
    judged = judged_alerts(session, facts.id, limit=MOST_ALERTS)
    found = [*_of_actors(session, facts), *_of_score(facts, judged), *_of_outlets(judged)]
    return sorted(found, key=lambda each: 5 * each.lost - each.gone)


@act("watch list", "change", about="which", told=("kind", "actor", "terms"))
def apply_proposal(
    session: Session,
    which: str | int,
    kind: Proposable,
    *,
    actor: str = "",
    terms: Sequence[str] = (),
    now: datetime,
) -> Saved:
    """Make a change that was proposed. Raises `ActionError`, also for a list that the settings file declares."""
    if kind == "outlet":
        facts = find_list(session, which)
        muted = Muted(watch_list=facts.name, outlet=_only(kind, terms))
        add_silence(session, muted, length=OUTLET_MUTED, reason=_("its alerts were dismissed"), now=now)
        return Saved(facts.name)
    facts = editable_list(session, which)
    if kind == "min-score":
        wanted = replace(facts.editable, min_score=_score(_only(kind, terms)))
        set_facts(session, facts.id, wanted, now=now)
        return Saved(facts.name)
    watched = find_actor(session, which, actor)
    if kind != "alone" and not terms:
        raise InvalidError(_("say which terms or which alias"), key="terms")
    new = changed(to_actor(watched), ProposalKind(kind), tuple(terms))
    put_actors(session, facts.id, [from_actor(new, language=watched.language, note=watched.note)], now=now)
    return Saved(facts.name, actors=(actor,))


def _of_actors(session: Session, facts: WatchFacts) -> Iterator[Proposal]:
    names = often_dismissed(session, facts.id, least=FEWEST, limit=MOST_ACTORS)
    for watched in actors_named(session, facts.id, names):
        alerts = {
            alert.article_id: alert
            for alert in judged_alerts(session, facts.id, actor=watched.name, limit=MOST_ALERTS)
            if alert.dismissed is None or alert.dismissed in _ABOUT_ACTORS
        }
        articles = [
            JudgedArticle(archived_document(article), alerts[article.id].dismissed is not None)
            for article in archived_articles(session, list(alerts))
        ]
        for found in propose(to_actor(watched), articles):
            yield Proposal(
                found.kind.value,
                found.actor,
                found.terms,
                found.dismissed,
                found.gone,
                found.kept,
                found.lost,
            )


def _of_score(facts: WatchFacts, judged: Sequence[JudgedAlert]) -> Iterator[Proposal]:
    """Propose the least score under which most of what was only mentioned in passing falls, and nearly nothing else."""
    passing = [alert.score for alert in judged if alert.dismissed is DismissalKind.PASSING]
    kept = [alert.score for alert in judged if alert.dismissed is None]
    if len(passing) < FEWEST:
        return
    best: Proposal | None = None
    for score in range(int(facts.min_score) + 5, 100, 5):
        gone, lost = sum(each < score for each in passing), sum(each < score for each in kept)
        if lost > SHARE_LOST * len(kept):
            break
        if gone >= SHARE_GONE * len(passing) and (best is None or gone > best.gone):
            best = Proposal("min-score", "", (str(score),), len(passing), gone, len(kept), lost)
    if best is not None:
        yield best


def _of_outlets(judged: Sequence[JudgedAlert]) -> Iterator[Proposal]:
    wrong = Counter(alert.outlet for alert in judged if alert.dismissed is DismissalKind.OUTLET)
    dismissed = sum(alert.dismissed is not None for alert in judged)
    kept = Counter(alert.outlet for alert in judged if alert.dismissed is None)
    for outlet, count in wrong.items():
        if count >= FEWEST and count >= _SHARE_OF_OUTLET * (count + kept[outlet]):
            yield Proposal("outlet", "", (outlet,), dismissed, count, kept.total(), kept[outlet])


def _only(kind: str, terms: Sequence[str]) -> str:
    if len(terms) != 1:
        raise InvalidError(_("{kind} takes one term, not {terms}", kind=kind, terms=len(terms)), key="terms")
    return terms[0]


def _score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 100:
        raise InvalidError(_("{text!r} is not a score: use a number from 0 to 100", text=text), key="terms")
    return score
