"""How well names are found in languages that decline them: Slavic articles whose names people have marked, with base forms.

Reads <data>/mentions/slavicner.tar.xz (test data only). Each language's entities are tracked at once, all base forms that any
of its articles gives as aliases, once with forms and once without. A pair (article, entity) is right where the entity is marked.
"""

from __future__ import annotations

import lzma
import tarfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from alerts.matching import compile_matcher
from alerts.values import Actor, Alias, Document, WatchList


@dataclass(frozen=True, slots=True)
class MarkedArticle:
    """An article and the entities marked in it: by identifier, the base forms and whether it is a person."""

    language: str
    text: str
    marked: dict[str, tuple[frozenset[str], bool]]


@dataclass(slots=True)
class Share:
    """Of the pairs of one language and way: how many are marked, how many of these were found, and how many others."""

    marked: int = 0
    found: int = 0
    unmarked: int = 0
    marked_people: int = 0
    found_people: int = 0
    unmarked_people: int = 0

    def figures(self) -> dict[str, float]:
        """Return the shares found, and the counts of hits that are not marked."""
        return {
            "all": self.found / max(1, self.marked),
            "people": self.found_people / max(1, self.marked_people),
            "unlabelled": self.unmarked,
            "unlabelled_people": self.unmarked_people,
        }


def read_marked(data: Path) -> list[MarkedArticle]:
    """Return the articles."""
    files: dict[str, str] = {}
    with lzma.open(data / "mentions" / "slavicner.tar.xz") as packed, tarfile.open(fileobj=packed) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                files[member.name] = content.read().decode("utf-8")
    articles = []
    for name, text in sorted(files.items()):
        _root, kind, topic, language, file = name.split("/")
        if kind != "raw":
            continue
        marks = files.get(f"slavic/ner/{topic}/{language}/{file.removesuffix('.txt')}.tsv")
        if marks is not None:
            articles.append(MarkedArticle(language, text, _marked(marks)))
    return articles


def _marked(marks: str) -> dict[str, tuple[frozenset[str], bool]]:
    found: dict[str, tuple[frozenset[str], bool]] = {}
    for line in marks.splitlines():
        _start, _end, _surface, base, _kind, entity = line.split("\t")
        known = found.get(entity, (frozenset[str](), False))[0]
        found[entity] = (
            known | {base},
            entity.startswith("PER-"),
        )  # a surname may be marked PER in a party's name
    return found


def score_slavic(articles: Iterable[MarkedArticle]) -> dict[str, dict[str, dict[str, float]]]:
    """Return the figures by language, with forms and without."""
    by_language: dict[str, list[MarkedArticle]] = defaultdict(list)
    for article in articles:
        by_language[article.language].append(article)
    return {
        language: {
            "with_forms": _score(some, forms=True).figures(),
            "without": _score(some, forms=False).figures(),
        }
        for language, some in sorted(by_language.items())
    }


def _score(articles: list[MarkedArticle], *, forms: bool) -> Share:
    bases: dict[str, set[str]] = defaultdict(set)
    people: set[str] = set()
    for article in articles:
        for entity, (base, person) in article.marked.items():
            bases[entity] |= base
            if person:
                people.add(entity)
    actors = tuple(
        Actor(entity, tuple(Alias(base, forms=forms) for base in sorted(known)), forms=forms)
        for entity, known in bases.items()
    )
    matcher = compile_matcher([WatchList("Slavic", actors)])
    share = Share()
    for article in articles:
        title, _line, text = article.text.partition("\n")
        document = Document(title, text, article.language)
        found = {mention.actor for mention in matcher.match(document) if mention.actor is not None}
        marked = set(article.marked)
        share.marked += len(marked)
        share.found += len(found & marked)
        share.unmarked += len(found - marked)
        share.marked_people += len(marked & people)
        share.found_people += len(found & marked & people)
        share.unmarked_people += len((found - marked) & people)
    return share
