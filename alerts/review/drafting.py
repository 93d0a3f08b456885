"""An edition is drafted: the best article of each story, each story once, sections in their order. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from alerts.review.values import (
    BRIEF,
    EVENT,
    DraftItem,
    Order,
    ReviewCandidate,
    ReviewPlan,
    Rights,
    RightsTable,
)

EVENT_OUTLETS = 2
"""A story that fewer outlets tell is no event of the day."""
CUT = "…"
Story = tuple[str, int]
"""`("story", id)`, or `("article", id)` for an article that is in no story."""


def draft_edition(
    candidates: Iterable[ReviewCandidate],
    plan: ReviewPlan,
    *,
    outlets_of: Mapping[int, int],
    rights: RightsTable,
) -> tuple[DraftItem, ...]:
    """Return an edition's items in reading order.

    `outlets_of` says how many outlets tell a story. No story comes twice: the event of the day takes its own out of the sections,
    and a section takes it out of those below. What finds no place in its section is told in brief.
    """
    found = _by_section(candidate for candidate in candidates if rights.of(candidate.outlet).may != "nothing")
    rank = _ranking(plan.prefer)
    items: list[DraftItem] = []
    told: set[Story] = set()

    def tell(section: str, candidate: ReviewCandidate, *, in_short: bool = False) -> None:
        told.add(_story(candidate))
        outlets = outlets_of.get(candidate.story_id or 0, 1)
        items.append(_item(section, candidate, outlets, rights.of(candidate.outlet), in_short=in_short))

    event = _event(found, outlets_of, rank) if plan.event else None
    if event is not None:
        tell(EVENT, event)
    left: list[ReviewCandidate] = []
    for place, section in enumerate(plan.sections):
        best = [one for story, one in _best(found[place], rank).items() if story not in told]
        ordered = sorted(best, key=_order(section.order, outlets_of))
        for candidate in ordered[: section.most]:
            tell(str(place), candidate)
        left += ordered[section.most :]
    for candidate in _once(sorted(left, key=_order("relevance", outlets_of)), told)[: plan.brief]:
        tell(BRIEF, candidate, in_short=True)
    return tuple(items)


def cut_to(text: str, most: int | None) -> str:
    """Return a text of at most `most` characters, cut between words; whole where `most` is None."""
    text = text.strip()
    if most is None or len(text) <= most:
        return text
    if most <= len(CUT):
        return ""
    room = most - len(CUT) - 1
    head = text[: room + 1]
    cut = head.rfind(" ") if " " in head and text[room : room + 1].strip() else room
    return f"{text[: cut if cut > 0 else room].rstrip(' ,;:—-')} {CUT}"


def _by_section(candidates: Iterable[ReviewCandidate]) -> Mapping[int, list[ReviewCandidate]]:
    found: dict[int, list[ReviewCandidate]] = defaultdict(list)
    for candidate in candidates:
        found[candidate.section].append(candidate)
    return found


def _story(candidate: ReviewCandidate) -> Story:
    if candidate.story_id is None:
        return "article", candidate.article_id
    return "story", candidate.story_id


def _ranking(prefer: Sequence[str]) -> Callable[[ReviewCandidate], tuple[int, float, float, int]]:
    """Return what sorts the articles of a story: the preferred outlet's first, then the most relevant, then the earliest."""
    places = {outlet.casefold(): place for place, outlet in enumerate(prefer)}

    def rank(candidate: ReviewCandidate) -> tuple[int, float, float, int]:
        place = places.get(candidate.outlet.casefold(), len(places))
        return place, -candidate.score, candidate.at.timestamp(), candidate.article_id

    return rank


def _best(
    candidates: Iterable[ReviewCandidate], rank: Callable[[ReviewCandidate], tuple[int, float, float, int]]
) -> dict[Story, ReviewCandidate]:
    best: dict[Story, ReviewCandidate] = {}
    for candidate in candidates:
        story = _story(candidate)
        if story not in best or rank(candidate) < rank(best[story]):
            best[story] = candidate
    return best


def _event(
    found: Mapping[int, list[ReviewCandidate]],
    outlets_of: Mapping[int, int],
    rank: Callable[[ReviewCandidate], tuple[int, float, float, int]],
) -> ReviewCandidate | None:
    """Return the best article of the story that most outlets tell; of two that as many tell, the more relevant."""
    best = _best((one for section in found.values() for one in section), rank).values()
    told = [one for one in best if outlets_of.get(one.story_id or 0, 1) >= EVENT_OUTLETS]
    return min(told, key=_order("outlets", outlets_of), default=None)


def _order(
    order: Order, outlets_of: Mapping[int, int]
) -> Callable[[ReviewCandidate], tuple[float, float, float, int]]:
    def key(one: ReviewCandidate) -> tuple[float, float, float, int]:
        outlets, newest = float(-outlets_of.get(one.story_id or 0, 1)), -one.at.timestamp()
        match order:
            case "relevance":
                return -one.score, outlets, newest, one.article_id
            case "newest":
                return newest, -one.score, outlets, one.article_id
            case "outlets":
                return outlets, -one.score, newest, one.article_id

    return key


def _once(candidates: Iterable[ReviewCandidate], told: set[Story]) -> list[ReviewCandidate]:
    first: dict[Story, ReviewCandidate] = {}
    for candidate in candidates:
        if _story(candidate) not in told:
            first.setdefault(_story(candidate), candidate)
    return list(first.values())


def _item(section: str, one: ReviewCandidate, outlets: int, rights: Rights, *, in_short: bool) -> DraftItem:
    return DraftItem(
        section=section,
        article_id=one.article_id,
        story_id=one.story_id,
        outlet=one.outlet,
        headline=one.headline,
        excerpt="" if in_short else cut_to(one.excerpt, rights.most),
        url=one.url,
        language=one.language,
        authors=one.authors,
        at=one.at,
        outlets=outlets,
    )
