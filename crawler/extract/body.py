"""The text of a page: where the article stands among the page's lines, and which of them are its prose.

Prose stands close together: the element whose own paragraphs weigh most, by the sum of squares, so that forty teasers of one
sentence each do not outweigh ten paragraphs. What stands beside the article by its name is left out, unless the article itself
bears such a name. Where too little is found, trafilatura is asked (`fallback`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import lxml.html

from crawler.extract.authors import signed
from crawler.extract.figures import LONGEST_CAPTION, is_bare_caption
from crawler.extract.lines import Line, names_of, read_lines
from crawler.extract.names import may_cover_text, stands_beside
from crawler.extract.offers import without_offers
from crawler.extract.standfirst import find_standfirst
from crawler.extract.titles import letters
from crawler.text.dates import ascii_digits
from crawler.text.local_dates import read_local_date

DESCEND_SHARE = 0.9
"""The search for the article goes on into a child that holds so much of the sum of squares."""
BESIDE_SHARE = 0.5
"""What bears the name of boilerplate is the article if it holds so much, and no other place holds a quarter of its prose."""
LIKE_SHARE = 0.05
"""A neighbour of the same class belongs to the article from so much of its weight on."""
MAIN_SHARE = 0.6
MOST_SHEDDING = 8
"""When this many nested elements each have a paragraph of their own, their tags were never closed: they are one text."""
NEIGHBOUR_LEVELS = 4
FEWEST_HEADLINES = 4
MOST_PER_HEADLINE = 2
"""So many paragraphs under each of so many headlines that lead elsewhere make a list of articles, not one."""
_QUOTES = ('"', "“", "„", "«", "»", "‘", "「", "『", "”")
LISTED = 4
"""So many short paragraphs in a row are a list (dates of a tour, say), not boilerplate at the edge."""

Weights = dict[lxml.html.HtmlElement, float]


@dataclass(frozen=True, slots=True)
class ArticleBody:
    """The article's lines, one a paragraph, and the element that holds them."""

    lines: tuple[str, ...]
    """The standfirst's first."""
    element: lxml.html.HtmlElement
    standfirst: str = ""
    is_index: bool = False
    """It is the summaries under other articles' headlines."""
    kept: tuple[Line, ...] = ()
    """The lines as they stand on the page."""


def find_body(page: lxml.html.HtmlElement, *, title: str = "", leads: Collection[str] = ()) -> ArticleBody:
    """Return the article's prose on a page, its standfirst first; without lines where there is none.

    `title` is left out where it is repeated; `leads` are the page's descriptions of itself.
    """
    root = page.find("body")
    root = page if root is None else root
    lines = _without_related(_without_beside(read_lines(root)))
    lines = _without_further_articles(_of_first_article(lines, title), title)
    weights = _Weights(lines, root)
    chosen = weights.densest()
    inside = weights.elements_of(chosen)
    kept = _after_headline([line for line in lines if line.block in inside])
    kept = without_offers([line for line in kept if not _is_boilerplate(line)])
    kept = _without_repeated_quotations(_trim(kept))
    same = letters(title)
    kept = [line for line in kept if len(line.text) > 2 * len(title) or letters(line.text) != same]
    texts = [line.text for line in kept]
    shown = find_standfirst(lines, kept[0], title=title, leads=leads) if kept else []
    above = [line.text for line in shown if line.text not in texts and not _names_author_or_day(line.text)]
    above = list(dict.fromkeys(above))
    is_index = _is_index([line for line in lines if line.block in inside])
    return ArticleBody((*above, *texts), chosen, "\n".join(above), is_index, tuple(kept))


def _is_index(lines: Sequence[Line]) -> bool:
    """Tell whether headings that are links, each with a sentence or two, are nearly all that there is."""
    places = [place for place, line in enumerate(lines) if line.is_heading and line.is_link]
    if len(places) < FEWEST_HEADLINES:
        return False
    prose = [place for place, line in enumerate(lines) if line.weight() > 0]
    own = [place for place in prose if place < places[0]]
    return len(prose) <= MOST_PER_HEADLINE * len(places) and len(own) <= 1


def _of_first_article(lines: list[Line], title: str) -> list[Line]:
    """Leave out other articles that a page goes on to: a further h1, in a place of its own, that is not this title."""
    places = [place for place, line in enumerate(lines) if line.tag == "h1"]
    same = letters(title)
    own = next((place for place in places if letters(lines[place].text) == same), None)
    if own is None or len(places) < 2:
        return lines
    home = _home_of(lines, own, next((place for place in places if place > own), len(lines)))
    for place in places:
        if place <= own or letters(lines[place].text) == same or home is None:
            continue
        if home not in lines[place].block.iterancestors():
            return lines[:place]
    return lines


def _without_further_articles(lines: list[Line], title: str) -> list[Line]:
    """Leave out what stands in other `article` elements than the one that holds headline and text, under other headlines."""
    same = letters(title)
    own = next((line for line in lines if line.tag == "h1" and letters(line.text) == same), None)
    home = None if own is None else next(own.block.iterancestors("article"), None)
    if home is None:
        return lines
    others: set[lxml.html.HtmlElement] = set()
    for line in lines:
        if line.tag in ("h1", "h2", "h3") and letters(line.text) != same:
            other = next(line.block.iterancestors("article"), home)
            if other is not home and home not in other.iterancestors() and other not in home.iterancestors():
                others.add(other)
    if not others or sum(line.is_solid and home in line.block.iterancestors() for line in lines) < 2:
        return lines
    return [line for line in lines if others.isdisjoint(line.block.iterancestors())]


def _without_related(lines: list[Line]) -> list[Line]:
    """Leave out what an element lists under a heading such as "You may like": other articles, in an element of their own."""
    others: set[lxml.html.HtmlElement] = set()
    for line in lines:
        parent = line.block.getparent()
        if line.is_heading and parent is not None and len(line.text) <= LONGEST_END and _END.match(line.text):
            own = parent.tag in ("section", "article") or _is_first(line.block, parent)
            if own and next(parent.iter("h1"), None) is None:
                others.add(parent)
    if not others:
        return lines
    kept = [line for line in lines if others.isdisjoint(line.block.iterancestors())]
    return kept if _weight(kept) > 0 else lines


def _is_first(block: lxml.html.HtmlElement, parent: lxml.html.HtmlElement) -> bool:
    return parent[0] is block and parent.tag not in ("body", "main")


def _home_of(lines: Sequence[Line], start: int, end: int) -> lxml.html.HtmlElement | None:
    """Return the smallest element that holds a headline and the prose under it; None where there is little."""
    prose = [line for line in lines[start + 1 : end] if line.is_solid]
    if len(prose) < 2:
        return None
    shared = set(prose[-1].block.iterancestors()) & set(prose[0].block.iterancestors())
    return next((outer for outer in lines[start].block.iterancestors() if outer in shared), None)


def _without_repeated_quotations(lines: list[Line]) -> list[Line]:
    """A quotation beside the text is a part of it, unless it only repeats what stands there."""
    if not any(line.beside for line in lines):
        return lines
    text = letters("".join(line.text for line in lines if not line.beside))
    return [line for line in lines if not line.beside or letters(line.text)[:60] not in text]


def _without_beside(lines: Sequence[Line]) -> list[Line]:
    """Leave out what stands beside the article by its name, but not the article itself."""
    own: Weights = defaultdict(float)
    around: dict[lxml.html.HtmlElement, set[lxml.html.HtmlElement]] = defaultdict(set)
    for line in lines:
        if weight := line.weight():
            place = line.container()
            own[place] += weight
            around[place].update(line.beside)
    excused = _second_halves(own, around) | _quotations(lines)
    elsewhere = max((weight for place, weight in own.items() if not around[place]), default=0)
    if elsewhere < 0.25 * max(own.values(), default=0):
        squares: Weights = defaultdict(float)
        for place, weight in own.items():
            for element in around[place]:
                squares[element] += weight * weight
        enough = BESIDE_SHARE * sum(weight * weight for weight in own.values())
        excused |= {element for element, sum_of_squares in squares.items() if sum_of_squares >= enough}
    return [line for line in lines if excused.issuperset(line.beside)]


def _second_halves(
    own: Weights, around: dict[lxml.html.HtmlElement, set[lxml.html.HtmlElement]]
) -> set[lxml.html.HtmlElement]:
    """What hides the rest of an article behind a click or a payment, and holds much prose."""
    much = 0.25 * max(own.values(), default=0)
    return {
        element
        for place, weight in own.items()
        if weight >= much
        for element in around[place]
        if all(not name or may_cover_text(name) or not stands_beside(name) for name in names_of(element))
        and any(name and may_cover_text(name) for name in names_of(element))
    }


def _quotations(lines: Sequence[Line]) -> set[lxml.html.HtmlElement]:
    """Return the asides of one or two lines that are a quotation."""
    asides: dict[lxml.html.HtmlElement, list[Line]] = defaultdict(list)
    for line in lines:
        if len(line.beside) == 1 and line.beside[0].tag == "aside":
            asides[line.beside[0]].append(line)
    return {
        aside
        for aside, held in asides.items()
        if len(held) <= 2 and held[0].text.startswith(_QUOTES) and sum(line.links for line in held) == 0
    }


class _Weights:
    """How much prose stands in each element: of its own, and with what is below it."""

    def __init__(self, lines: Iterable[Line], root: lxml.html.HtmlElement) -> None:
        self._root = root
        self._own: Weights = defaultdict(float)
        self._whole: Weights = defaultdict(float)
        self._squares: Weights = defaultdict(float)
        for line in lines:
            if weight := line.weight():
                self._own[line.container()] += weight
                for element in (line.block, *line.block.iterancestors()):
                    self._whole[element] += weight
        for place, weight in self._own.items():
            for element in (place, *place.iterancestors()):
                self._squares[element] += weight * weight

    def densest(self) -> lxml.html.HtmlElement:
        """Return the smallest element that holds nearly all that stands close together."""
        chosen = self._root
        shedding: list[lxml.html.HtmlElement] = []
        while self._own.get(chosen, 0) <= 0.1 * self._whole.get(chosen, 0):
            best = max(
                (child for child in chosen if child in self._squares),
                key=self._squares.__getitem__,
                default=None,
            )
            if best is None or best.tag in ("p", "li"):
                break
            if self._squares[best] < DESCEND_SHARE * self._squares[chosen]:
                break
            if self._own.get(chosen, 0):
                shedding.append(chosen)
            chosen = best
            if (
                len(shedding) >= MOST_SHEDDING
                and self._squares[best] < DESCEND_SHARE * self._squares[shedding[0]]
            ):
                return shedding[0]
        return self._main_in(chosen)

    def _main_in(self, chosen: lxml.html.HtmlElement) -> lxml.html.HtmlElement:
        """Return the page's `main`, or its only article, where that holds most of the prose: a notice below it is none of it."""
        if chosen.tag in ("main", "article") or any(item.tag == "main" for item in chosen.iterancestors()):
            return chosen
        for tag in ("main", "article"):
            places = list(islice(chosen.iter(tag), 2))
            if len(places) == 1 and self._whole.get(places[0], 0) > MAIN_SHARE * self._whole.get(chosen, 0):
                return places[0]
        return chosen

    def elements_of(self, chosen: lxml.html.HtmlElement) -> set[lxml.html.HtmlElement]:
        """Return what is in the article: the chosen element, neighbours of its kind, but no other article inside it."""
        inside = {element for part in (chosen, *self._neighbours(chosen)) for element in part.iter()}
        if chosen.tag == "article" or self._own.get(chosen, 0) > 0.3 * self._whole.get(chosen, 0):
            for other in chosen.iter("article"):
                if other is not chosen and self._whole.get(other, 0) < 0.5 * self._whole[chosen]:
                    inside.difference_update(other.iter())
        return inside

    def _neighbours(self, chosen: lxml.html.HtmlElement) -> Iterable[lxml.html.HtmlElement]:
        element = chosen
        for _ in range(NEIGHBOUR_LEVELS):
            parent = element.getparent()
            if parent is None or element is self._root:
                return
            for other in parent:
                weight = self._whole.get(other, 0)
                if other is element or not weight:
                    continue
                alike = other.tag == element.tag != "article" and other.get("class") == element.get("class")
                enough = weight > LIKE_SHARE * self._whole[chosen]
                if other.tag in ("p", "blockquote") or (enough and (alike or _goes_on(element, other))):
                    yield other
            if element.tag in ("article", "main"):
                return
            element = parent


def _goes_on(element: lxml.html.HtmlElement, other: lxml.html.HtmlElement) -> bool:
    """Tell whether what follows the text in the same `main` or `article` is its second half: paragraphs and nothing else."""
    parent = element.getparent()
    if parent is None or other.tag != element.tag or parent.index(other) < parent.index(element):
        return False
    return (
        next(other.iter("a", "form", "li", "h1", "h2", "h3", "h4", "img", "time", "input"), None) is None
        and len(list(islice(other.iter("p"), 2))) == 2
        and any(outer.tag in ("article", "main") for outer in (parent, *parent.iterancestors()))
    )


def _after_headline(lines: list[Line]) -> list[Line]:
    """What stands before the headline is not the article, if most of the prose stands after it."""
    place = next((number for number, line in enumerate(lines) if line.tag == "h1"), None)
    if place is None:
        return lines
    after = lines[place + 1 :]
    return after if 2 * _weight(after) > _weight(lines) else lines


_MARKS = frozenset(
    [
        "ad",
        "ads",
        "advert",
        "advertisement",
        "advertising",
        "annonce",
        "annons",
        "annonse",
        "anuncio",
        "anzeige",
        "bekendtgørelse",
        "hirdetés",
        "iklan",
        "mainos",
        "publicidad",
        "publicidade",
        "publicitate",
        "publicité",
        "pubblicità",
        "quảng cáo",
        "reclame",
        "reklam",
        "reklama",
        "reklame",
        "sponsored",
        "werbung",
        "διαφήμιση",
        "реклама",
        "إعلان",
        "اعلان",
        "פרסומת",
        "विज्ञापन",
        "広告",
        "広告の後にも続きます",
        "廣告",
        "广告",
        "광고",
        "โฆษณา",
        "loading",
        "share",
        "print",
        "comments",
        "copy link",
    ]
)
_END = re.compile(
    r"(?:related(?: (?:links?|articles?|stories|topics|content|posts?|news|coverage))?|"
    r"top stories|most (?:popular|read|viewed)|popular"
    r"|trending(?: now)?|more (?:stories|news|from|on|in)\b.{0,40}|read (?:more|next|also)|"
    r"you (?:may|might) (?:also )?like"
    r"|recommended(?: for you)?|latest(?: news| stories)?|(?:leave a )?(?:comments?|"
    r"reply)(?: \(\d+\))?|tags?|share this.{0,20}"
    r"|editors?.? picks?|partner news|sponsored(?: content)?|about the authors?|tell us what you think"
    r"|lire aussi|à lire aussi|sur le même (?:sujet|thème)|les plus lus|commentaires|"
    r"articles liés|plus d.articles|dans la même rubrique"
    r"|noticias relacionadas|más noticias|lo más (?:leído|visto)|te puede interesar|comentarios|"
    r"etiquetas|temas relacionados|archivado en"
    r"|mehr zum thema|das könnte sie auch interessieren|meistgelesen|kommentare|schlagworte|"
    r"auch interessant|themen|verwandte artikel"
    r"|leggi anche|articoli correlati|potrebbe interessarti|i più letti|commenti"
    r"|leia (?:também|mais)|veja também|você pode (?:gostar|se interessar)(?: de)?|mais lidas|notícias relacionadas|comentários"
    r"|lees (?:ook|meer)|meer nieuws|meest gelezen|reacties|gerelateerd.*"
    r"|zobacz (?:też|także)|czytaj (?:też|także|również)|komentarze|polecane|najnowsze"
    r"|läs (?:också|mer|även)|les også|læs også|lue myös|relaterat|mest lest|mest lästa"
    r"|читайте также|по теме|комментарии|ещё по теме|материалы по теме|читайте також|коментарі"
    r"|ayrıca bakınız|ilgili haberler|yorumlar|etiketler|çok okunanlar"
    r"|اقرأ (?:أيضا|أيضاً|المزيد)|مواضيع ذات صلة|أخبار ذات صلة|الأكثر قراءة|التعليقات|وسوم|كلمات مفتاحية"
    r"|関連記事|関連ニュース|あわせて読みたい|おすすめ記事|相关(?:阅读|新闻|文章"
    r"|推荐)|延伸阅读|相關(?:新聞|文章|閱讀)|延伸閱讀|관련 ?(?:기사|뉴스)"
    r"|ข่าวที่เกี่ยวข้อง|tin liên quan|baca juga|berita terkait|terkait)\W*$",
    re.IGNORECASE,
)
"""Headings after which other things follow."""
LEAST_AROUND_LINK, LEAST_AROUND_ROW = 6, 20
LONGEST_NAME = 40
FEWEST_IN_A_ROW = 3
_NAMES_A_ROLE = re.compile(r"[:,(]\s?\w")
"""As in "Chair: somebody", "Somebody, chair"."""
_STOP = re.compile(r"(?<![.…])[.!?。！？؟।]$")
_PICTURES = re.compile(r"(?:photos?|images?|pictures?|fotos?|bilder|illustrations?)\b", re.IGNORECASE)
LONGEST_END = 60
LONGEST_DATELINE = 120


def _is_boilerplate(line: Line) -> bool:
    length = len(line.text)
    if line.links > length * 0.6 and length < 200 and not _speaks_around_links(line):
        return True
    if length < LONGEST_CAPTION and is_bare_caption(line.block):
        return True
    return length <= 25 and line.text.casefold().strip(" .:-–—[]") in _MARKS


def _speaks_around_links(line: Line) -> bool:
    """Tell whether a line is a sentence or a row of a list, though most of it is links: names that lead to their own pages."""
    around = len(line.text) - line.links
    if around < LEAST_AROUND_LINK or _PICTURES.match(line.text) is not None:
        return False
    is_said = line.tag in ("p", "blockquote") and _STOP.search(line.text) is not None
    if line.links <= LONGEST_NAME:
        return (
            is_said
            or line.tag == "tr"
            or (line.tag in ("li", "dd") and _NAMES_A_ROLE.search(line.text) is not None)
        )
    is_row = len(list(islice(line.block.iter("a"), FEWEST_IN_A_ROW))) == FEWEST_IN_A_ROW
    return is_said and is_row and around >= LEAST_AROUND_ROW


def _trim(lines: list[Line]) -> list[Line]:
    """Cut off what follows the article, and short lines around it that are no sentences: bylines, dates, tags."""
    whole, passed = _weight(lines), 0.0
    for number, line in enumerate(lines):
        if len(line.text) < LONGEST_END and 2 * passed >= whole and _END.match(line.text):
            lines = lines[:number]
            break
        passed += line.weight()
    solid = [number for number, line in enumerate(lines) if line.is_solid]
    if not solid:
        return lines
    first, last = solid[0], solid[-1] + 1
    return [*_edge(lines[:first]), *lines[first:last], *_without_last_headings(_edge(lines[last:]))]


def _edge(lines: list[Line]) -> list[Line]:
    lines = [line for line in lines if not _is_about_the_text(line)]
    is_list = sum(line.tag == "p" and len(line.text) < LONGEST_END for line in lines) >= LISTED
    return [
        line
        for line in lines
        if line.ends
        or line.is_heading
        or len(line.text) >= 45
        or line.tag in ("li", "tr")
        or (is_list and line.tag == "p")
    ]


def _is_about_the_text(line: Line) -> bool:
    """Return whether a line at the edge of the article says who wrote it and when."""
    return not line.is_heading and line.tag not in ("li", "tr") and _names_author_or_day(line.text)


def _names_author_or_day(text: str) -> bool:
    if len(text) > LONGEST_DATELINE:
        return False
    try:
        return bool(signed(text)) or read_local_date(ascii_digits(text)) is not None
    except ValueError:  # a day that no calendar has
        return False


def _without_last_headings(lines: list[Line]) -> list[Line]:
    while lines and lines[-1].is_heading:
        lines.pop()
    return lines


def _weight(lines: Iterable[Line]) -> float:
    return sum(line.weight() for line in lines)
