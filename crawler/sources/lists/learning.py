"""Which of a page's links are articles: learned from the page alone, as a rule that is kept and used again. Pure.

Articles are what a page lists several times in one way: links of one shape of address in one kind of place, with titles that say
something. What menus, tags, authors, pages of results and promotion link to is shorter, or of another shape.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crawler.sources.lists.links import PageLink
from crawler.sources.lists.wording import MORE, letters

FEWEST = 3
"""Links that make a list."""
NEARLY_ALL = 0.8
FEWEST_OF_A_HOST = 2
MOST = 0.5
"""So many of the links in an element must be good for all of them to be articles."""
GOOD = 3.0
"""What a link's signs must come to, to be an article's."""
SHRUNK = 0.25
"""A rule that finds less than this share of what it found when it was learned fits the page no more."""
_LONG_NUMBER = re.compile(r"[?&][^=&]+=\d{5}")
"""A parameter that counts what came out, as a number in a path does."""


@dataclass(frozen=True, slots=True)
class ListRule:
    """What a page's articles look like: where they stand, and the shapes of their addresses; and how many there were."""

    places: tuple[str, ...]
    """Where nothing but articles stands."""
    shapes: tuple[str, ...]
    """Those of articles, wherever they stand."""
    links: int
    asides: bool = False
    """The page has its list in what is an aside elsewhere."""
    prefix: str = ""
    """What their paths begin with, for people: "/press/2026/"."""
    kinds: tuple[tuple[str, str, str], ...] = ()
    """Places where other things stand too, with the shapes and folders that are articles there."""
    hosts: tuple[str, ...] = ()
    """Where they are."""
    is_dated: bool = False
    """Dates stand beside most of them."""

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
                tuple(
                    (str(place), str(shape), str(folder)) for place, shape, folder in data.get("kinds", ())
                ),
                tuple(data.get("hosts", ())),
                bool(data.get("is_dated", False)),
            )
        except (KeyError, TypeError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class _Block:
    """The links of one place."""

    place: str
    links: tuple[PageLink, ...]
    sure: float
    """The median of their scores."""
    good: float
    """The share of them that are sure by themselves."""
    dated: float
    """The share of them that a date stands beside."""
    shapes: frozenset[str]
    """Those of the links that are sure by themselves."""
    aside: float
    """The share of them that stand aside."""

    @property
    def weight(self) -> float:
        """How much speaks for it as the page's list: many links, sure ones."""
        return float(min(len(self.links), 40) ** 0.5 * self.sure)


def learn(links: Sequence[PageLink]) -> ListRule | None:
    """Return the rule for a page's articles; None where it lists none. What stands aside counts where there is nothing else."""
    return _learn(links, asides=False) or _learn(links, asides=True)


def _learn(links: Sequence[PageLink], *, asides: bool) -> ListRule | None:
    usable = _usable(links)
    scores = {link.key: score(link, asides=asides) for link in usable}
    by_place: dict[str, list[PageLink]] = defaultdict(list)
    for link in usable:
        by_place[link.place].append(link)
    blocks: list[_Block] = []
    for place, group in by_place.items():
        blocks += _blocks(place, group, scores)
    best = max(
        (block for block in blocks if block.good >= MOST), key=lambda block: block.weight, default=None
    )
    if best is None:
        return None
    kept = [block for block in blocks if block is best or _is_like(block, best)]
    refused = {block.place for block in blocks if block not in kept}
    chosen = [link for block in kept for link in block.links]
    if len(chosen) < FEWEST:
        return None
    return ListRule(
        tuple(block.place for block in kept if block.place not in refused),
        tuple(sorted(frozenset[str]().union(*(block.shapes for block in kept)))),
        len(chosen),
        asides,
        _prefix(chosen),
        tuple(
            sorted(
                {
                    (block.place, link.shape, _folder(link))
                    for block in kept
                    if block.place in refused
                    for link in block.links
                }
            )
        ),
        _hosts(chosen),
        sum(bool(link.date) for link in chosen) >= MOST * len(chosen),
    )


def _hosts(chosen: Sequence[PageLink]) -> tuple[str, ...]:
    """Return the hosts of articles. One alone in a list is promotion, unless its address tells an article as the others' do."""
    counts = Counter(_host(link) for link in chosen)
    shapes = Counter(link.shape for link in chosen)
    return tuple(
        sorted(
            {
                _host(link)
                for link in chosen
                if counts[_host(link)] >= FEWEST_OF_A_HOST
                or (shapes[link.shape] > FEWEST_OF_A_HOST and _is_telling(link))
            }
        )
    )


def _usable(links: Sequence[PageLink]) -> list[PageLink]:
    """Return the links that may be articles': not of sections, and not of one of many with the same words ("Download")."""
    links = [link for link in links if not link.is_section and not link.in_menu]
    titles = Counter(link.title.casefold() for link in links)
    return [
        link
        for link in links
        if link.title and not MORE.fullmatch(link.title) and titles[link.title.casefold()] < FEWEST
    ]


def _blocks(place: str, group: Sequence[PageLink], scores: Mapping[str, float]) -> list[_Block]:
    """Return the blocks of a place: the elements that hold its links, those with addresses of one shape together.

    An element that has neither the dates nor the folder of the others' is a block of its own: services with the articles' markup.
    """
    by_container: dict[int, list[PageLink]] = defaultdict(list)
    for link in group:
        by_container[link.container].append(link)
    parts: list[tuple[set[str], list[list[PageLink]]]] = []
    for held in by_container.values():
        shapes = {link.shape for link in held if scores[link.key] >= GOOD} or {link.shape for link in held}
        alike = [part for part in parts if part[0] & shapes]
        parts = [part for part in parts if part not in alike]
        parts.append(
            (shapes.union(*(of for of, _held in alike)), [*(one for _of, own in alike for one in own), held])
        )
    found: list[list[PageLink]] = []
    for _shapes, several in parts:
        links = [link for held in several for link in held]
        folder, count = Counter(_folder(link) for link in links).most_common(1)[0]
        strangers = []
        if count >= MOST * len(links) and _dated(links) >= MOST:
            strangers = [
                held
                for held in several
                if _dated(held) < MOST and all(_folder(link) != folder for link in held)
            ]
        found += strangers
        found.append([link for held in several if held not in strangers for link in held])
    return [_block(place, links, scores) for links in found]


def _dated(links: Sequence[PageLink]) -> float:
    """Return the share of links that a date stands beside."""
    return sum(bool(link.date) for link in links) / len(links)


def _block(place: str, links: Sequence[PageLink], scores: Mapping[str, float]) -> _Block:
    return _Block(
        place,
        tuple(links),
        median(scores[link.key] for link in links),
        sum(scores[link.key] >= GOOD for link in links) / len(links),
        _dated(links),
        frozenset(link.shape for link in links if scores[link.key] >= GOOD),
        sum(link.in_aside for link in links) / len(links),
    )


def _is_like(block: _Block, best: _Block) -> bool:
    """Return whether a block lists articles as the best does: addresses like its, or dates like its where it has them."""
    pattern = _pattern(block.links)
    if pattern is not None and pattern == _pattern(best.links) and block.aside <= best.aside:
        return True
    if block.good < MOST:
        return False
    is_near = any(_is_near(one, other) for one in block.shapes for other in best.shapes)
    folders = {_folder(link) for link in best.links}
    is_akin = is_near and sum(_folder(link) in folders for link in block.links) >= MOST * len(block.links)
    if is_akin and (best.dated < MOST or block.dated >= MOST or len(block.links) >= FEWEST):
        return True
    if best.dated >= MOST and block.dated < MOST:
        return False
    return len(block.links) >= FEWEST and block.sure >= GOOD + 0.5 and (is_near or block.dated >= MOST)


def _pattern(links: Sequence[PageLink]) -> tuple[str, str] | None:
    """Return the shape that nearly all of the addresses have, with the word before what tells them apart; None without one."""
    found = Counter(
        (link.shape, "".join(urlsplit(link.url).path.rstrip("/").split("/")[-2:-1])) for link in links
    )
    (pattern, count), *_others = found.most_common(1)
    is_telling = (
        pattern[0].partition("?")[0].rpartition("/")[2] in ("S", "X", "N", "I") and pattern[1].isalpha()
    )
    return pattern if is_telling and count >= NEARLY_ALL * len(links) else None


def _is_telling(link: PageLink) -> bool:
    """Return whether an address alone tells an article: by a date, a number or a code; or a heading with a long path."""
    parts = link.shape.partition("?")[0].split("/")
    return (
        not {"Y", "N"}.isdisjoint(parts)
        or "?" in link.shape
        or parts[-1] in ("X", "I")
        or (link.heading and len(parts) > 2)
    )


def _host(link: PageLink) -> str:
    return urlsplit(link.url).hostname or ""


def _folder(link: PageLink) -> str:
    """Return what an address has of others' beside it: its host and the words of its path but the last, or of its parameters."""
    parts = urlsplit(link.url)
    names = [part for part in parts.path.lower().split("/") if part]
    words = [name for name in names[:-1] if not any(map(str.isdigit, name))]
    if "?" in link.shape:
        words += [names[-1] if names else "", *(v for _n, v in parse_qsl(parts.query) if v.isalpha())]
    return "/".join([parts.hostname or "", *words])


def apply(rule: ListRule, links: Sequence[PageLink]) -> list[PageLink]:
    """Return the links that a rule means, in the page's order."""
    places, shapes, kinds = set(rule.places), set(rule.shapes), set(rule.kinds)
    return [
        link
        for link in _usable(links)
        if not rule.hosts or _host(link) in rule.hosts
        if (
            (link.place in places or (link.place, link.shape, _folder(link)) in kinds)
            and (bool(link.date) or not rule.is_dated or score(link, asides=rule.asides) >= GOOD)
        )
        or (
            link.shape in shapes
            and (bool(link.date) or not rule.is_dated or _is_telling(link))
            and score(link, asides=rule.asides) >= GOOD
        )
    ]


def may_mean(rule: ListRule) -> Callable[[str, str, str], bool]:
    """Return what tells of a place, a shape and an address whether `apply` may find the link, whatever it says."""
    places, shapes = {*rule.places, *(place for place, _shape, _folder in rule.kinds)}, set(rule.shapes)

    def may(place: str, shape: str, url: str) -> bool:
        return (place in places or shape in shapes) and (
            not rule.hosts or urlsplit(url).hostname in rule.hosts
        )

    return may


def fits(rule: ListRule, found: Sequence[PageLink]) -> bool:
    """Return whether a rule still finds what it was learned for."""
    return len(found) >= max(1, SHRUNK * rule.links)


def score(link: PageLink, *, asides: bool = False) -> float:
    """Return how much speaks for an article's link: its address, its title, its place, a date beside it.

    With `asides`, nothing speaks against one that stands aside.
    """
    if link.is_section or MORE.fullmatch(link.title) or not link.title:
        return 0.0
    last = link.shape.partition("?")[0].rpartition("/")[2]
    parts = link.shape.partition("?")[0].split("/")
    total = {"S": 2.0, "I": 2.5, "X": 1.5, "N": 1.5}.get(last, 0.0)
    if "?" in link.shape:
        total = max(total, 1.5 if _LONG_NUMBER.search(link.url) else 1.0)
    if "Y" in parts and len(parts) > 1:
        total += 1.0
    said = letters(link.title)
    total += 2.0 if said >= 40 else 1.5 if said >= 24 else 0.5 if said >= 14 else -0.5
    total += 1.0 if link.date else 0.0
    total += 0.5 if link.heading else 0.0
    return total - (3.0 if link.in_menu or (link.in_aside and not asides) else 0.0)


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
