"""The standfirst: what an outlet says between headline and text, often with the names that matter."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import islice

from crawler.extract.lines import Line
from crawler.extract.titles import letters

SHORTEST, LONGEST = 30, 700
SHORTEST_DENSE = 12
_DENSE = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MOST_LINES_BETWEEN = 14
NEAR = 3
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:stand-?first|dek|deck|sub-?(?:title|titulo|título|head(?:line|ing)?|line)s?|strap-?line|summary|intro(?:duction)?"
    r"|lead(?:text)?|lede|chapo|chap[ôo]|chapeau|entradilla|copete|bajada|abstract|excerpt|vorspann|ingress(?:en)?|sommario|occhiello"
    r"|catenaccio|perex|anons|анонс|lid|lidtext|resumen?|resumo|description|highlights?|key-?(?:points?|facts)|tl-?dr|bullets|underrubrik|manchet|tagline|spoiler|teaser-?text)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def find_standfirst(lines: Sequence[Line], first: Line, *, title: str, leads: Collection[str]) -> list[Line]:
    """Return the lines between the headline and the article's `first` line that are its standfirst.

    `leads` are the page's own descriptions of itself: a line that stands in one is what it says that it is.
    """
    try:
        end = lines.index(first)
    except ValueError:
        return []
    headline = _headline(lines[:end], title)
    if headline is None:
        return []
    told = [letters(lead) for lead in leads if lead]
    between = lines[headline + 1 : end][:MOST_LINES_BETWEEN]
    return [line for line in between if _is_standfirst(line, lines[headline], told)]


def _headline(lines: Sequence[Line], title: str) -> int | None:
    """Return the place of the last heading that is the title, else of the last h1."""
    same = letters(title)
    named = [place for place, line in enumerate(lines) if line.is_heading and letters(line.text) == same]
    h1 = [place for place, line in enumerate(lines) if line.tag == "h1"]
    return max(named or h1, default=None)


def _is_standfirst(line: Line, headline: Line, told: Sequence[str]) -> bool:
    shortest = SHORTEST if _DENSE.search(line.text) is None else SHORTEST_DENSE
    if not shortest <= len(line.text) <= LONGEST or 2 * line.links > len(line.text):
        return False
    own = letters(line.text)
    if any(own in lead or lead in own for lead in told if len(lead) >= shortest):
        return True
    around = [line.block, *islice(line.block.iterancestors(), NEAR - 1)]
    holds_headline = set(headline.block.iterancestors())
    named = (outer for outer in around if outer not in holds_headline)
    if any(_NAMED.search(_CAMEL.sub("-", outer.get("class") or "")) for outer in named):
        return True
    beside = line.block.getprevious()
    top = headline.block
    while top.getnext() is None and top.getprevious() is None and (outer := top.getparent()) is not None:
        top = outer  # what holds the headline alone stands for it
    follows = (
        beside is headline.block
        or (beside is not None and beside is top)
        or (
            headline.block.getparent() is not None
            and headline.block.getparent().tag in ("header", "hgroup")
            and headline.block.getparent() in line.block.iterancestors()
        )
    )
    return follows and (line.ends or line.tag in ("h2", "h3"))
