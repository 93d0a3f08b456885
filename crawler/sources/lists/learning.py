"""Which of a page's links are articles: learned from the page alone, as a rule that is kept and used again. Pure.

Articles are what a page lists several times in one way: links of one shape of address in one kind of place, with titles that say
something. What menus, tags, authors, pages of results and promotion link to is shorter, or of another shape.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from crawler.sources.lists.links import PageLink, letters

FEWEST = 3
"""Links that make a list."""
GOOD = 3.0
"""What a link's signs must come to, to be an article's."""
SHRUNK = 0.25
"""A rule that finds less than this share of what it found when it was learned fits the page no more."""
_SECTION = re.compile(
    r"/(?:tags?|topics?|categor(?:y|ies|ie|ia)|categoria|rubri(?:c|que|k)|authors?|auteurs?|autor(?:es|en)?|writers?|people|profile|"
    r"users?|members?|account|login|signin|sign-in|register|subscri\w+|newsletters?|about(?:-us)?|contact(?:-us)?|privacy|terms|legal|"
    r"cookies?|imprint|impressum|careers?|jobs|advertis\w+|help|faq|search|page|feed|rss|sitemap|archive?s?|events?|calendar|"
    r"galler(?:y|ies)|podcasts?|shop|store|cart|donate|services?|services-[\w-]+|apps?|mobile|print|pdf|share|staff|team|weather|"
    r"horoscopes?|games?|crosswords?|obituaries|classifieds|directory|policies|policy|accessibility|sponsored|promo\w*|partner\w*|"
    r"tarifs?|mentions-legales|wp-content|wp-login\.php|wp-admin|cdn-cgi)(?:/|$|\.\w+$)",
    re.IGNORECASE,
)
_PAGING = re.compile(
    r"/(?:page|p|seite|pagina)/?\d+/?$|[?&](?:page|p|paged|start|offset|pg)=\d+", re.IGNORECASE
)
_MORE = re.compile(
    r"(?:read|see|view|show|learn|load)\s+(?:more|all)\b.{0,30}|more(?:\s+\w+){0,3}|continue reading|next|previous|older|newer|"
    r"lire la suite|en savoir plus|voir (?:plus|tout)|leer más|ver (?:más|todo\w?)|mehr(?: lesen)?|weiterlesen|leggi(?: tutto)?|"
    r"saiba mais|подробнее|читать (?:далее|полностью)|ещё|devamı|المزيد|اقرأ المزيد|更多|もっと見る|더보기|\d+|[«»‹›<>→←…]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ListRule:
    """What a page's articles look like: where they stand, and the shapes of their addresses; and how many there were."""

    places: tuple[str, ...]
    shapes: tuple[str, ...]
    links: int
    asides: bool = False
    """The page has its list in what is an aside elsewhere."""
    prefix: str = ""
    """What their paths begin with, for people: "/press/2026/"."""

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ListRule | None:
        """Return the rule that `as_data` gave; None for anything else."""
        try:
            return cls(
                tuple(data["places"]),
                tuple(data["shapes"]),
                int(data["links"]),
                bool(data.get("asides", False)),
                str(data.get("prefix", "")),
            )
        except (KeyError, TypeError, ValueError):
            return None


def learn(links: Sequence[PageLink]) -> ListRule | None:
    """Return the rule for a page's articles; None where it lists none. What stands aside counts where there is nothing else."""
    return _learn(links, asides=False) or _learn(links, asides=True)


def _learn(links: Sequence[PageLink], *, asides: bool) -> ListRule | None:
    scores = {link.key: score(link, asides=asides) for link in links}
    groups: dict[tuple[str, str], list[PageLink]] = defaultdict(list)
    for link in links:
        if scores[link.key] >= GOOD:
            groups[link.place, link.shape].append(link)
    if not groups:
        return None
    weights = {key: _weight(group, scores) for key, group in groups.items()}
    (_place, best_shape), _group = max(groups.items(), key=lambda item: weights[item[0]])
    shapes = _shapes(links, scores, best_shape)
    chosen = [link for link in links if scores[link.key] >= GOOD and link.shape in shapes]
    if len(chosen) < FEWEST:
        return None
    places = dict.fromkeys(link.place for link in chosen)
    return ListRule(tuple(places), tuple(sorted(shapes)), len(chosen), asides, _prefix(chosen))


def apply(rule: ListRule, links: Sequence[PageLink]) -> list[PageLink]:
    """Return the links that a rule means, in the page's order."""
    places, shapes = set(rule.places), set(rule.shapes)
    return [
        link
        for link in links
        if link.shape in shapes
        and score(link, asides=rule.asides) >= (GOOD - 1 if link.place in places else GOOD)
    ]


def fits(rule: ListRule, found: Sequence[PageLink]) -> bool:
    """Return whether a rule still finds what it was learned for."""
    return len(found) >= max(1, SHRUNK * rule.links)


def score(link: PageLink, *, asides: bool = False) -> float:
    """Return how much speaks for an article's link: its address, its title, its place, a date beside it.

    With `asides`, nothing speaks against one that stands aside.
    """
    path = urlsplit(link.url).path
    if _SECTION.search(path) or _PAGING.search(link.url) or _MORE.fullmatch(link.title) or not link.title:
        return 0.0
    last = link.shape.partition("?")[0].rpartition("/")[2]
    parts = link.shape.partition("?")[0].split("/")
    total = {"S": 2.0, "X": 1.5, "N": 1.5}.get(last, 0.0)
    if "?" in link.shape:
        total = max(total, 1.0)
    if "Y" in parts and len(parts) > 1:
        total += 1.0
    said = letters(link.title)
    total += 2.0 if said >= 40 else 1.5 if said >= 24 else 0.5 if said >= 14 else -0.5
    total += 1.0 if link.date else 0.0
    total += 0.5 if link.heading else 0.0
    return total - (3.0 if link.in_menu or (link.in_aside and not asides) else 0.0)


def _weight(group: Sequence[PageLink], scores: Mapping[str, float]) -> float:
    """Return how much speaks for a group as the page's list: many links, sure ones, with dates."""
    return float(min(len(group), 40) ** 0.5 * median(scores[link.key] for link in group))


def _shapes(links: Sequence[PageLink], scores: Mapping[str, float], best: str) -> frozenset[str]:
    """Return the shapes of the articles' addresses: the best group's, and others that are listed as often or are as sure."""
    counts = Counter(link.shape for link in links if scores[link.key] >= GOOD)
    shapes = {best}
    for shape, count in counts.items():
        of_shape = [link for link in links if link.shape == shape]
        good = sum(scores[link.key] >= GOOD for link in of_shape)
        sure = median(scores[link.key] for link in of_shape)
        if _is_near(shape, best) or (count >= FEWEST and good >= 0.7 * len(of_shape) and sure >= GOOD + 0.5):
            shapes.add(shape)
    return frozenset(shapes)


def _is_near(shape: str, best: str) -> bool:
    """Return whether two shapes end alike: /news/S and /news/world/S."""
    one, other = (each.rpartition("/")[2] for each in (shape, best))
    return one == other and one != "L"


def _prefix(links: Sequence[PageLink]) -> str:
    paths = [urlsplit(link.url).path.split("/")[1:-1] for link in links]
    common = Counter("/".join(path[:2]) for path in paths if path).most_common(1)
    if common and common[0][1] >= 0.6 * len(links) and common[0][0]:
        return f"/{common[0][0]}/"
    common = Counter(path[0] for path in paths if path).most_common(1)
    return f"/{common[0][0]}/" if common and common[0][1] >= 0.6 * len(links) else "/"
