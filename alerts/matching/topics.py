"""Topics: queries compiled to literals, and their evaluation on the places that a scan found."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerts.matching.literals import Literals
from alerts.matching.scan import Hit, Scan
from alerts.query import format_query, parse
from alerts.query.ast import And, InMeta, InText, MetaField, Near, Node, Not, Or, Phrase, TextField
from alerts.text import fold_words
from alerts.values import Document, Topic

Places = tuple[tuple[int, Hit, str], ...]
"""Where a clause stands: which scan, where in it, and the clause in the query's words."""


@dataclass(frozen=True, slots=True)
class CompiledTopic:
    """A topic that can be matched. `triggers` are literals one of which every match holds; None: it must always be tried."""

    watch: str
    name: str
    node: Node
    literals: Mapping[Phrase, tuple[int, ...]]
    triggers: frozenset[int] | None


def compile_topic(watch: str, topic: Topic, literals: Literals) -> CompiledTopic:
    """Compiles a topic. Raises `QueryError`."""
    node = parse(topic.query).node
    found: dict[Phrase, tuple[int, ...]] = {}
    for phrase in _phrases(node):
        found[phrase] = literals.add(phrase.text, prefix=phrase.prefix)
    return CompiledTopic(watch, topic.name, node, found, _triggers(node, found))


def match_topic(topic: CompiledTopic, scans: Sequence[Scan], document: Document) -> Places | None:
    """Gives the places that made the query true (none of them under NOT), in order; None where it is false."""
    return _Evaluation(topic.literals, scans, document).evaluate(topic.node, None)


class _Evaluation:
    def __init__(
        self, literals: Mapping[Phrase, tuple[int, ...]], scans: Sequence[Scan], document: Document
    ) -> None:
        self._literals = literals
        self._scans = scans
        self._document = document

    def evaluate(self, node: Node, field: TextField | None) -> Places | None:
        match node:
            case Phrase():
                return self._phrase(node, field) or None
            case And():
                parts = []
                for part in node.parts:
                    places = self.evaluate(part, field)
                    if places is None:
                        return None
                    parts.append(places)
                return _union(parts)
            case Or():
                found = [places for part in node.parts if (places := self.evaluate(part, field)) is not None]
                return _union(found) if found else None
            case Not():
                return () if self.evaluate(node.part, field) is None else None
            case Near():
                return self._near(node, field) or None
            case InText():
                return self.evaluate(node.part, _narrower(field, node.field))
            case InMeta():
                return () if _in_meta(node.field, node.value, self._document) else None

    def _phrase(self, node: Phrase, field: TextField | None) -> Places:
        clause = format_query(node)
        return tuple(
            (number, hit, clause)
            for number, scan in enumerate(self._scans)
            if field is None or scan.field == field or (field == "lead" and scan.field == "text")
            for hit in scan.find(self._literals[node])
            if (field != "lead" or scan.in_lead(hit))
            and (not node.exact or _is_exact(scan.surface(hit), node.text))
        )

    def _near(self, node: Near, field: TextField | None) -> Places:
        left, right = self.evaluate(node.left, field), self.evaluate(node.right, field)
        if not left or not right:
            return ()
        kept = []
        for one in left:
            for other in right:
                if one[0] == other[0] and _is_near(one[1], other[1], node):
                    kept += [one, other]
        return _union([tuple(kept)])


def _is_near(left: Hit, right: Hit, node: Near) -> bool:
    if right.first_word > left.last_word:
        return right.first_word - left.last_word - 1 <= node.distance
    if node.ordered or left.first_word <= right.last_word:
        return False
    return left.first_word - right.last_word - 1 <= node.distance


def _union(parts: Iterable[Places]) -> Places:
    return tuple(sorted({place for part in parts for place in part}))


def _is_exact(surface: str, wanted: str) -> bool:
    return unicodedata.normalize("NFC", surface) == unicodedata.normalize("NFC", wanted)


def _narrower(outer: TextField | None, inner: TextField) -> TextField:
    """A field inside a field: the narrower one, where one holds the other."""
    return outer if outer == "lead" and inner == "text" else inner


_META: dict[MetaField, Callable[[Document], str | None]] = {
    "outlet": lambda document: document.outlet,
    "lang": lambda document: document.language,
    "country": lambda document: document.country,
    "url": lambda document: document.url,
    "author": lambda document: document.author,
}


def _in_meta(field: MetaField, value: str, document: Document) -> bool:
    actual, wanted = fold_words(_META[field](document) or ""), fold_words(value)
    if field in ("lang", "country"):
        return actual == wanted
    return f" {wanted} " in f" {actual} "


def _phrases(node: Node) -> Iterable[Phrase]:
    match node:
        case Phrase():
            yield node
        case And() | Or():
            for part in node.parts:
                yield from _phrases(part)
        case Not() | InText():
            yield from _phrases(node.part)
        case Near():
            yield from _phrases(node.left)
            yield from _phrases(node.right)
        case InMeta():
            return


def _triggers(node: Node, literals: Mapping[Phrase, tuple[int, ...]]) -> frozenset[int] | None:
    """Gives literals one of which stands in every article that matches: of AND its rarest part, of OR all of them."""
    match node:
        case Phrase():
            return frozenset(literals[node])
        case And() | Near():
            parts = node.parts if isinstance(node, And) else (node.left, node.right)
            found = [(part, ids) for part in parts if (ids := _triggers(part, literals)) is not None]
            return max(found, key=lambda item: _rarity(item[0]))[1] if found else None
        case Or():
            every = [_triggers(part, literals) for part in node.parts]
            known = [ids for ids in every if ids is not None]
            return frozenset().union(*known) if len(known) == len(every) else None
        case InText():
            return _triggers(node.part, literals)
        case Not() | InMeta():
            return None


def _rarity(node: Node) -> int:
    """A guess at how rare a part is: the length of its shortest phrase."""
    return min((len(phrase.text) for phrase in _phrases(node)), default=0)
