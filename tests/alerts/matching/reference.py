"""The matcher again, slow and obviously right: no automaton, no offsets into folded text, no index, only lists of words.

Made to be compared with: `alerts.matching` must say the same of every query and article. The two share the tree of a query, the
values, and what a line of boilerplate is. Words are cut and folded here a second time, from what Unicode says of each character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import Stemmer

from alerts.query import Node, Reference
from alerts.query.boolean import And, Not, Or
from alerts.query.operators.at_least import AtLeast
from alerts.query.operators.facts import InMeta
from alerts.query.operators.first import First
from alerts.query.operators.near import Near
from alerts.query.operators.stem import Stem
from alerts.query.operators.text_fields import InText
from alerts.query.phrase import Phrase
from alerts.values import Actor, Alias, Document, Field, WatchList
from storage.boilerplate import find_boilerplate

# ---- words ----

_LETTERS = dict(zip("øłđħıðŧŋςىیېةٱکڪہھە", "oldhidtnσيييهاككههه", strict=True)) | {
    **{"æ": "ae", "œ": "oe", "þ": "th"}
}
"""Letters that are the same to a reader and not to Unicode."""
_UNSPACED = (
    "THAI",
    "LAO",
    "MYANMAR",
    "KHMER",
    "HIRAGANA",
    "CJK UNIFIED",
    "CJK COMPATIBILITY",
    "HANGUL SYLLABLE",
)
_VOICED = "COMBINING KATAKANA-HIRAGANA"


class Word(NamedTuple):
    """A folded word, and where it stands in its field."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Return the words of a text, folded, one character after another."""
    found: list[Word] = []
    open_kind: str | None = None
    """What the word goes on with; None between words."""
    for place, character in enumerate(text):
        if _is_invisible(character):
            if open_kind is not None:
                found[-1] = found[-1]._replace(end=place + 1)
            continue
        for letter in _fold(character):
            kind = _kind(letter)
            if kind is not None and open_kind is not None and kind in ("mark", open_kind) and kind != "alone":
                found[-1] = Word(found[-1].text + letter, found[-1].start, place + 1)
                continue
            open_kind = kind
            if kind is not None:
                found.append(Word(letter, place, place + 1))
    return found


@cache
def terms(text: str) -> tuple[str, ...]:
    """Return a text's words, folded, without their places."""
    return tuple(word.text for word in words(text))


def fold(text: str) -> str:
    """Return a text's words, folded, in one piece."""
    return " ".join(terms(text))


@cache
def _is_invisible(character: str) -> bool:
    """Return whether nothing is left of a character: accents, Arabic and Hebrew vowels, tatweel, what has no width."""
    category, name = unicodedata.category(character), unicodedata.name(character, "")
    return (
        category == "Cf"
        or character == "\u0640"
        or (
            category in ("Mn", "Me")
            and name.startswith(("COMBINING", "ARABIC", "HEBREW", "VARIATION SELECTOR"))
            and not name.startswith(_VOICED)
        )
    )


@cache
def _fold(character: str) -> str:
    """Return what becomes of a character; a space where it parts words."""
    if unicodedata.category(character)[0] not in "LMN":
        return " "
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    if unicodedata.name(character, "").startswith("HANGUL SYLLABLE"):
        return character
    folded = character
    for _again in range(2):  # decomposed, some letters have capitals in them again
        folded = unicodedata.normalize("NFKD", folded).casefold()
    kept = "".join(_LETTERS.get(letter, letter) for letter in folded if not _is_invisible(letter))
    return "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in kept) or " "


@cache
def _kind(letter: str) -> str | None:
    """Return what a letter joins: its like, nothing ("alone"), any letter before it ("mark"). None is no letter."""
    name = unicodedata.name(letter, "")
    if letter == " ":
        return None
    if name.startswith((*_UNSPACED, _VOICED)):
        return "mark" if unicodedata.category(letter)[0] == "M" else "alone"
    return "katakana" if name.startswith("KATAKANA") else "letter"


def exact_words(text: str) -> str:
    """Return the words of a text with their case and accents."""
    visible = (c for c in text if unicodedata.category(c) != "Cf" and c != "\u0640")
    composed = unicodedata.normalize("NFKC", "".join(visible))
    return " ".join("".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in composed).split())


_CLITICS = ("", "و", "ف", "ب", "ل", "ك", "وب", "ول", "وك", "فب", "فل", "فك")


@cache
def written(first: str) -> frozenset[str]:
    """Return the ways to write a name's first word: in Arabic with a clitic and the article, whose alef li swallows."""
    if not "\u0621" <= first[0] <= "\u064a":
        return frozenset((first,))
    is_definite = first.startswith("ال") and len(first) >= 5
    bare = first[2:] if is_definite else first
    forms = {clitic + first for clitic in _CLITICS}
    forms |= {clitic + ("ل" if clitic.endswith("ل") else "ال") + bare for clitic in _CLITICS}
    return frozenset(forms)


# ---- places ----


class Place(NamedTuple):
    """Words of a field: the first and the last, by number. A title's words are far from a text's."""

    field: Field
    first: int
    last: int

    def overlaps(self, other: Place) -> bool:
        """Return whether they have a word in common."""
        return self.field == other.field and self.first <= other.last and other.first <= self.last

    def holds(self, other: Place) -> bool:
        """Return whether the other lies within this one."""
        return self.field == other.field and self.first <= other.first and other.last <= self.last


Places = frozenset[Place]


@dataclass(frozen=True, slots=True)
class Part:
    """How many words of the title and of the text are looked at, from the first."""

    title: int
    text: int

    def holds(self, place: Place) -> bool:
        """Return whether a place lies in this part."""
        return place.last < (self.title if place.field == "title" else self.text)


class Row(NamedTuple):
    """The words of one line that counts, by number."""

    field: Field
    numbers: range


class Article:
    """One article, cut into words."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.texts: dict[Field, str] = {"title": document.title, "text": document.text}
        self.words: dict[Field, list[Word]] = {field: words(text) for field, text in self.texts.items()}
        self.rows = [row for field in self.texts for row in self._rows(field)]
        self._found: dict[tuple[str, bool], Places] = {}

    def _rows(self, field: Field) -> Iterator[Row]:
        boilerplate = (
            {item.start for item in find_boilerplate(self.texts[field])} if field == "text" else set()
        )
        start = 0
        for line in self.texts[field].split("\n"):
            end = start + len(line)
            numbers = [n for n, word in enumerate(self.words[field]) if start <= word.start < end]
            if numbers and start not in boilerplate:
                yield Row(field, range(numbers[0], numbers[-1] + 1))
            start = end + 1

    @property
    def whole(self) -> Part:
        """All of it."""
        return Part(len(self.words["title"]), len(self.words["text"]))

    @property
    def lead(self) -> int:
        """How many words the text has up to the end of the first line that counts."""
        return next((row.numbers.stop for row in self.rows if row.field == "text"), 0)

    def surface(self, place: Place) -> str:
        """Return a place's words as they stand there."""
        of = self.words[place.field]
        return self.texts[place.field][of[place.first].start : of[place.last].end]

    def find(self, text: str, *, prefix: bool = False) -> Places:
        """Return where a phrase stands: its words in a row, in one line."""
        key = (text, prefix)
        if key not in self._found:
            self._found[key] = frozenset(
                place for row in self.rows for place in self.find_among(text, row.field, row.numbers, prefix)
            )
        return self._found[key]

    def find_among(self, text: str, field: Field, numbers: Sequence[int], prefix: bool) -> Iterator[Place]:
        """Return where a phrase stands if only the words with these numbers are read."""
        wanted = terms(text)
        for at in range(len(numbers) - len(wanted) + 1 if wanted else 0):
            chosen = numbers[at : at + len(wanted)]
            if _is_said([self.words[field][number].text for number in chosen], wanted, prefix):
                yield Place(field, chosen[0], chosen[-1])


def _is_said(there: Sequence[str], wanted: Sequence[str], prefix: bool) -> bool:
    if len(wanted) == 1:
        return any(there[0].startswith(form) if prefix else there[0] == form for form in written(wanted[0]))
    return (
        there[0] in written(wanted[0])
        and list(there[1:-1]) == list(wanted[1:-1])
        and (there[-1].startswith(wanted[-1]) if prefix else there[-1] == wanted[-1])
    )


def count_apart(places: Iterable[Place]) -> int:
    """Return how many places there are at most that have no word in common."""
    best: dict[Field, list[Place]] = {"title": [], "text": []}
    for place in sorted(set(places), key=lambda place: place.last):
        if not any(place.overlaps(other) for other in best[place.field]):
            best[place.field].append(place)
    return sum(map(len, best.values()))


# ---- queries ----

Mentions = Mapping[tuple[str, str], Places]
"""Where each actor is mentioned, by its watch list's name and its own."""


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Judges queries on one article."""

    article: Article
    mentions: Mentions

    def find(self, node: Node, part: Part) -> Places | None:
        """Return the places that make a query true, none where it is true without; None where it is false."""
        match node:
            case Phrase() | Stem() | Reference():
                return frozenset(filter(part.holds, self._leaf(node))) or None
            case And():
                return _every(self.find(child, part) for child in node.parts)
            case Or():
                return _any(self.find(child, part) for child in node.parts)
            case Not():
                return frozenset() if self.find(node.part, part) is None else None
            case Near():
                return self._near(node, part, lambda pairs: {place for pair in pairs for place in pair})
            case InText() | First():
                return self.find(node.part, self._narrow(node, part))
            case AtLeast():
                return self.find(node.part, part) if self.times(node.part, part) >= node.count else None
            case InMeta():
                return frozenset() if self._is_known(node) else None
            case _:
                raise NotImplementedError(node)

    def times(self, node: Node, part: Part) -> int:
        """Return how often a part of a query stands there."""
        match node:
            case And():
                return min(self.times(child, part) for child in node.parts)
            case Or():
                wholes = [child for child in node.parts if isinstance(child, And | Near)]
                others = tuple(child for child in node.parts if child not in wholes)
                apart = count_apart(self.find(Or(others), part) or ()) if others else 0
                return apart + sum(self.times(child, part) for child in wholes)
            case Near():
                return self._near_times(node, part)
            case InText() | First():
                return self.times(node.part, self._narrow(node, part))
            case _:
                return count_apart(self.find(node, part) or ())

    def _leaf(self, node: Phrase | Stem | Reference) -> Places:
        match node:
            case Phrase():
                found = self.article.find(node.text, prefix=node.prefix)
                return frozenset(place for place in found if not node.exact or self._is_exact(place, node))
            case Stem():
                return frozenset(
                    Place(row.field, number, number)
                    for row in self.article.rows
                    for number in row.numbers
                    if self._is_form(Place(row.field, number, number), node.word)
                )
            case Reference():
                number = 0 if node.kind == "list" else 1
                named = [key for key in self.mentions if fold(key[number]) == fold(node.name)]
                return frozenset().union(*map(self.mentions.__getitem__, named))

    def _is_exact(self, place: Place, node: Phrase) -> bool:
        surface, wanted = exact_words(self.article.surface(place)), exact_words(node.text)
        return surface.startswith(wanted) if node.prefix else surface == wanted

    def _is_form(self, place: Place, word: str) -> bool:
        language = self.article.document.language
        return bool(stems(self.article.surface(place), language) & stems(word, language))

    def _narrow(self, node: InText | First, part: Part) -> Part:
        if isinstance(node, First):
            return Part(min(part.title, node.words), min(part.text, node.words))
        match node.field:
            case "title":
                return replace(part, text=0)
            case "text":
                return replace(part, title=0)
            case "lead":
                return Part(0, min(part.text, self.article.lead))

    def _near(
        self, node: Near, part: Part, take: Callable[[list[tuple[Place, Place]]], Iterable[Place]]
    ) -> Places | None:
        """Judge NEAR. An AND on a side of it is near with each of its parts. `take` chooses from its pairs of places."""
        if (split := _split(node)) is not None:
            found = (self._near(near, part, take) for near in split.nears)
            return _every(found) if split.every else _any(found)
        pairs = self._pairs(node, part)
        return frozenset(take(pairs)) if pairs else None

    def _near_times(self, node: Near, part: Part) -> int:
        if (split := _split(node)) is not None:
            counts = [self._near_times(near, part) for near in split.nears]
            return min(counts) if split.every else sum(counts)
        pairs = self._pairs(node, part)
        return min(count_apart(left for left, _right in pairs), count_apart(right for _left, right in pairs))

    def _pairs(self, node: Near, part: Part) -> list[tuple[Place, Place]]:
        if node.ordered:
            lefts, rights = self._edge(node.left, part, last=True), self._edge(node.right, part, last=False)
        else:
            lefts, rights = self.find(node.left, part), self.find(node.right, part)
        return [
            (left, right)
            for left in lefts or ()
            for right in rights or ()
            if 0 <= _between(left, right) <= node.distance
            or (not node.ordered and 0 <= _between(right, left) <= node.distance)
        ]

    def _edge(self, node: Node, part: Part, *, last: bool) -> Places | None:
        """Return the places with which a part of a query ends, or begins."""
        match node:
            case Or():
                return _any(self._edge(child, part, last=last) for child in node.parts)
            case Near():
                choose = max if last else min
                return self._near(node, part, lambda pairs: {choose(pair) for pair in pairs})
            case InText() | First():
                return self._edge(node.part, self._narrow(node, part), last=last)
            case _:
                return self.find(node, part)

    def _is_known(self, node: InMeta) -> bool:
        document = self.article.document
        known = {
            "outlet": document.outlet,
            "lang": document.language,
            "country": document.country,
            "url": document.url,
            "author": document.author,
            "credit": document.credit,
        }
        there, wanted = terms(known[node.field] or ""), terms(node.value)
        if node.field in ("lang", "country"):
            return there == wanted
        return any(there[at : at + len(wanted)] == wanted for at in range(len(there)))


def _between(left: Place, right: Place) -> int:
    """Return the number of words between two places; less than none if they don't stand in this order, or in one field."""
    return right.first - left.last - 1 if left.field == right.field else -1


class _Split(NamedTuple):
    """NEARs of which all (or any) must be true."""

    every: bool
    nears: list[Near]


def _split(node: Near) -> _Split | None:
    """Return NEAR of each part, where one side has an AND: a NEAR/3 (b AND c) is a NEAR/3 b AND a NEAR/3 c."""
    left, right = node.left, node.right
    if isinstance(left, And | Or) and _has_and(left):
        return _Split(isinstance(left, And), [replace(node, left=part) for part in left.parts])
    if isinstance(right, And | Or) and _has_and(right):
        return _Split(isinstance(right, And), [replace(node, right=part) for part in right.parts])
    return None


def _has_and(node: Node) -> bool:
    return isinstance(node, And) or (isinstance(node, Or) and any(map(_has_and, node.parts)))


def _every(found: Iterable[Places | None]) -> Places | None:
    known = list(found)
    return None if None in known else frozenset().union(*(places for places in known if places is not None))


def _any(found: Iterable[Places | None]) -> Places | None:
    known = [places for places in found if places is not None]
    return frozenset().union(*known) if known else None


_STEMMERS = {
    "en": "english",
    "fr": "french",
    "es": "spanish",
    "ru": "russian",
    "ar": "arabic",
    "de": "german",
}


@cache
def stems(word: str, language: str | None) -> frozenset[str]:
    """Return a word's stems: as written, and without its accents. Without a stemmer: the word."""
    folded = fold(word)
    if language not in _STEMMERS:
        return frozenset((folded,))
    stemmer = Stemmer.Stemmer(_STEMMERS[language])
    forms = (unicodedata.normalize("NFC", word).lower(), folded)
    return frozenset(fold(stemmer.stemWord(form)) for form in forms)


# ---- actors ----

_HONORIFICS = {"sir", "sidi", "moulay", "don", "dr", "سيدي", "الشيخ", "الدكتور"}
_TITLES = {"mr", "dr", "minister", "president", "king", "herr", "m", "mme", "secretary"}
"""Some of what the matcher knows: texts made for a comparison use no others."""


def track(watch_lists: Sequence[WatchList], article: Article) -> Mentions:
    """Return where each actor is mentioned, by watch list and name.

    What lies inside a longer name of another actor of the list is no mention, and nothing rests on it: no surname, no weak alias.
    """
    mentions: dict[tuple[str, str], Places] = {}
    for watch in watch_lists:
        first = {actor.name: mentions_of(actor, article) for actor in watch.actors}
        again = {
            actor.name: mentions_of(actor, article, _inside_others(actor.name, first))
            for actor in watch.actors
        }
        for name, places in again.items():
            mentions[watch.name, name] = places - _inside_others(name, again)
    return mentions


def _inside_others(name: str, found: Mapping[str, Places]) -> Places:
    longer = {place for other, theirs in found.items() if other != name for place in theirs}
    return frozenset(
        place for place in found[name] if any(other != place and other.holds(place) for other in longer)
    )


def mentions_of(actor: Actor, article: Article, hidden: Places = frozenset()) -> Places:
    """Return where an actor is mentioned; at the `hidden` places its names mean another."""
    if actor.context and not _stands(actor.context, article):
        return frozenset()
    excluded = _all(actor.exclude, article)
    found: list[tuple[Place, Alias]] = []
    for name, text in _texts(actor):
        places = (article.find(text) | _over_gap(text, article, actor)) - hidden
        found += [
            (place, name)
            for place in places
            if not any(other.holds(place) for other in excluded) and _is_wanted(name, text, place, article)
        ]
    kept = _longest(found, article)
    kept = [
        (place, name) for place, name in kept if sum(other is name for _place, other in kept) >= name.least
    ]
    if all(name.weak for _place, name in kept):
        kept = [item for item in kept if actor.context or _stands(item[1].context, article)]
    full = [place for place, _name in kept]
    if not full or not actor.surname:
        return frozenset(full)
    known_from = min(full, key=_order)
    return frozenset(full) | {
        place
        for text in _surnames(actor)
        for place in article.find(text)
        if _order(place) > _order(known_from)
        and not any(other.holds(place) for other in (*full, *excluded))
        and not (text[0].isupper() and article.surface(place)[0].islower())
        and not _is_another(place, article, actor)
    }


def _order(place: Place) -> tuple[bool, int]:
    return place.field == "text", place.first


def _stands(terms: Iterable[str], article: Article) -> bool:
    return bool(_all(terms, article))


def _all(terms: Iterable[str], article: Article) -> Places:
    return frozenset().union(*(article.find(term) for term in terms))


def _texts(actor: Actor) -> Iterator[tuple[Alias, str]]:
    for name in actor.names:
        yield name, name.text
        parts = name.text.split()
        if len(parts) > 1 and (actor.any_order or name.any_order):
            yield from (
                (name, " ".join(turned)) for turned in ([parts[-1], *parts[:-1]], [*parts[1:], parts[0]])
            )


def _is_wanted(name: Alias, text: str, place: Place, article: Article) -> bool:
    return (
        not (name.title and place.field != "title")
        and not (name.exact and exact_words(article.surface(place)) != exact_words(text))
        and not any(other.holds(place) for other in _all(name.exclude, article))
        and (name.weak or not name.context or _stands(name.context, article))
    )


def _longest(found: list[tuple[Place, Alias]], article: Article) -> list[tuple[Place, Alias]]:
    kept: list[tuple[Place, Alias]] = []
    for place, name in sorted(
        found, key=lambda item: (-len(fold(article.surface(item[0]))), _order(item[0]))
    ):
        if not any(place.overlaps(other) for other, _name in kept):
            kept.append((place, name))
    return kept


def _surnames(actor: Actor) -> Iterator[str]:
    for name in actor.names:
        last = name.text.split()[-1]
        shortest = 4 if "\u0600" <= last[0] <= "\u06ff" else 3
        if last != name.text and not name.weak and len(fold(last)) >= shortest:
            yield last


def _over_gap(text: str, article: Article, actor: Actor) -> Places:
    """Return where a name stands with initials, an honorific, or (of a person) a middle name inside it."""
    found = set()
    for row in article.rows:
        for gap in _gaps(row, article, actor, text):
            kept = [number for number in row.numbers if number not in gap]
            for place in article.find_among(text, row.field, kept, prefix=False):
                if place.first < gap[0] and gap[-1] < place.last:
                    found.add(place)
    return frozenset(found)


def _gaps(row: Row, article: Article, actor: Actor, text: str) -> Iterator[range]:
    inner = row.numbers[1:-1]
    small = [number for number in inner if _is_small(row, number, article)]
    for number in small:
        if number - 1 not in small:
            end = number
            while end + 1 in small:
                end += 1
            yield range(number, end + 1)
    if actor.surname and len(terms(text)) == 2 and terms(text)[1] in map(fold, _surnames(actor)):
        yield from (range(number, number + 1) for number in inner if _is_middle_name(row, number, article))


def _is_small(row: Row, number: int, article: Article) -> bool:
    """Return whether a word is an initial or an honorific between words that may be a name's."""
    of, text = article.words[row.field], article.texts[row.field]
    word = of[number]
    is_initial = len(word.text) == 1 and text[word.start].isupper()
    if not (is_initial or word.text in _HONORIFICS):
        return False
    around = (of[number - 1], of[number + 1])
    between = text[around[0].end : word.start] + text[word.end : around[1].start]
    return all(_may_begin_a_name(other, text) for other in around) and not between.strip(" .-")


def _is_middle_name(row: Row, number: int, article: Article) -> bool:
    of, text = article.words[row.field], article.texts[row.field]
    three = of[number - 1 : number + 2]
    return (
        all(text[word.start].isupper() for word in three)
        and len(three[1].text) > 1
        and all(text[one.end : other.start] in (" ", "\u00a0") for one, other in pairwise(three))
    )


def _may_begin_a_name(word: Word, text: str) -> bool:
    return word.text[0] >= "\u0590" or text[word.start].isupper()


def _is_another(place: Place, article: Article, actor: Actor) -> bool:
    """Return whether another person's first name stands before a surname: a capitalised word within the sentence."""
    text = article.texts[place.field]
    ahead = text[: article.words[place.field][place.first].start]
    token = re.search(r"([\w'’.-]+)[ \u00a0]$", ahead)
    if token is None or not token[1][0].isupper() or (token[1].isupper() and len(token[1].strip(".")) > 1):
        return False
    own = {part for name in actor.names if not name.weak for part in terms(name.text)[:-1]}
    if any(part in own | _TITLES for part in terms(token[1])):
        return False
    ahead = ahead[: token.start()].rstrip(" ")
    return bool(ahead) and ahead[-1] not in '.!?…:;\n"“”«»'
