"""How well tracked actors are found in real news: 128 Reuters articles whose entities people have linked.

    python -m benchmarks.mentions [--json]

Reads <data>/mentions/reuters-128.xml (the folder that TOCSIN_DATA names, else ../shared/data). Every linked entity is tracked at
once; a pair (article, entity) is right where the article has a link to it. For each article, aliases and rules are learned on
the other 127 only: the name comes from the entity's URI, usual aliases from the name (`mentions_aliases`), others from links
elsewhere. An alias counts by itself if in the other articles it was right more often than not; else it is `weak`. What was never
seen there is judged by its kind. A person's bare surname counts after the full name only. Labelled Slavic articles are measured
too, with forms of names and without (`mentions_slavic`).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from alerts.matching import Matcher, compile_matcher
from alerts.text import fold_words
from alerts.values import Actor, Alias, Document, WatchList
from benchmarks.mentions_aliases import Candidate, case_forms, is_person, label, needs_case, usual_aliases
from benchmarks.mentions_slavic import read_marked, score_slavic
from benchmarks.real_data import data_folder
from benchmarks.report import options, report

GOAL = 0.87
PRIOR = 2.0
"""What is known of an alias's kind weighs as much as two articles."""
RIGHT_ENOUGH = 0.5
MOST_MISSES = 10
_ALIAS = re.compile(r'alias "(.*)"')

Aliases = dict[str, dict[str, Candidate]]
"""For each entity its aliases, by what the matcher sees of them."""


@dataclass(frozen=True, slots=True)
class Linked:
    """An article and its links: entity, and the words that are linked."""

    text: str
    links: tuple[tuple[str, str], ...]

    @property
    def entities(self) -> frozenset[str]:
        """The entities linked."""
        return frozenset(entity for entity, _surface in self.links)


@dataclass(frozen=True, slots=True)
class Evidence:
    """For (entity, alias): in how many articles the alias stood and the entity was linked, or was not."""

    right: Counter[tuple[str, str]]
    wrong: Counter[tuple[str, str]]

    def told(self, entity: str, alias: str) -> str:
        """Return the counts in words."""
        pair = entity, alias
        return f"in other articles right {self.right[pair]} times, wrong {self.wrong[pair]}"


@dataclass(frozen=True, slots=True)
class Scores:
    """Precision and recall over (article, entity) pairs."""

    found: int
    missed: int
    wrong: int

    @property
    def precision(self) -> float:
        """Of what was found, how much is right."""
        return self.found / max(1, self.found + self.wrong)

    @property
    def recall(self) -> float:
        """Of what is right, how much was found."""
        return self.found / max(1, self.found + self.missed)

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.found / max(1, 2 * self.found + self.missed + self.wrong)


def read(data: Path) -> list[Linked]:
    """Return the articles. URIs that differ in their escapes only are one entity."""
    root = ElementTree.parse(data / "mentions" / "reuters-128.xml").getroot()
    found = []
    for text in root.iterfind(".//{*}TextWithNamedEntities"):
        links = ((unquote(part.get("uri", "")), (part.text or "").strip()) for part in text)
        found.append(
            Linked(
                "".join(part.text or "" for part in text),
                tuple(link for link in links if link[0] and link[1]),
            )
        )
    return found


class Corpus:
    """The articles, and what the aliases of their entities are without one of them."""

    def __init__(self, articles: Sequence[Linked]) -> None:
        self.articles = articles
        self.sources: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for number, article in enumerate(articles):
            for entity, surface in article.links:
                self.sources[entity][surface].add(number)
        self.entities = sorted(self.sources)
        self._usual = {entity: usual_aliases(label(entity)) for entity in self.entities}

    def once(self) -> int:
        """Count the entities that are linked in one article only: their aliases can come from their names alone."""
        counts = Counter(entity for article in self.articles for entity in article.entities)
        return sum(count == 1 for count in counts.values())

    def aliases(self, without: int, *, usual: bool = True) -> Aliases:
        """Return the aliases that can be known without an article; `usual`: not only the label and what is linked elsewhere."""
        found: Aliases = {}
        for entity in self.entities:
            candidates = [
                candidate for candidate in self._usual[entity] if usual or candidate.kind == "label"
            ]
            learned = [
                Candidate(surface, "learned")
                for surface, sources in self.sources[entity].items()
                if sources - {without}
            ]
            found[entity] = {
                key: form
                for candidate in reversed([*candidates, *learned])
                for key, form in _forms(candidate)
            }
        return found

    def evidence(self, aliases: Aliases, matcher: Matcher, without: int) -> Evidence:
        """Return what the other articles say of aliases. The one article that an alias was learned from says nothing of it."""
        right: Counter[tuple[str, str]] = Counter()
        wrong: Counter[tuple[str, str]] = Counter()
        kinds = {
            entity: {form.text: form.kind for form in forms.values()} for entity, forms in aliases.items()
        }
        for number, article in enumerate(self.articles):
            if number == without:
                continue
            for entity, alias in _seen(matcher, article.text):
                if entity not in article.entities:
                    wrong[entity, alias] += 1
                elif kinds[entity].get(alias) != "learned" or self.sources[entity][alias] - {without} != {
                    number
                }:
                    right[entity, alias] += 1
        return Evidence(right, wrong)


def _forms(candidate: Candidate) -> Iterable[tuple[str, Candidate]]:
    if not needs_case(candidate):
        return [(fold_words(candidate.text), candidate)]
    return [
        (" ".join(re.findall(r"\w+", form)), Candidate(form, candidate.kind))
        for form in reversed(case_forms(candidate))
    ]


def track(
    aliases: Aliases, weak: frozenset[tuple[str, str]] = frozenset(), *, plain: bool = False
) -> Matcher:
    """Compile the entities as actors, whose own name is the URI, which stands nowhere; `plain`: aliases without options."""
    actors = []
    for entity, forms in aliases.items():
        if plain:
            names: tuple[str | Alias, ...] = tuple(form.text for form in forms.values())
        else:
            names = tuple(
                Alias(form.text, exact=needs_case(form), weak=(entity, form.text) in weak)
                for form in forms.values()
            )
        actors.append(Actor(entity, names, surname=not plain and is_person(label(entity))))
    return compile_matcher([WatchList("Reuters", tuple(actors))])


def learn(aliases: Aliases, evidence: Evidence) -> frozenset[tuple[str, str]]:
    """Return the (entity, alias) pairs that are more often wrong than right, by their own record and that of their kind."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    kinds = {(entity, form.text): form.kind for entity, forms in aliases.items() for form in forms.values()}
    for pair, kind in kinds.items():
        right[kind] += evidence.right[pair]
        wrong[kind] += evidence.wrong[pair]
    share = {kind: (right[kind] + 1) / (right[kind] + wrong[kind] + 2) for kind in set(kinds.values())}
    return frozenset(
        pair
        for pair, kind in kinds.items()
        if evidence.right[pair] + PRIOR * share[kind]
        < RIGHT_ENOUGH * (evidence.right[pair] + evidence.wrong[pair] + PRIOR)
    )


def _seen(matcher: Matcher, text: str) -> set[tuple[str, str]]:
    """Return the entities found in a text, each with the aliases that found it."""
    found = set()
    for mention in matcher.match(Document("", text)):
        alias = _ALIAS.match(mention.rule)
        if mention.actor is not None and alias is not None:
            found.add((mention.actor, alias[1]))
    return found


@dataclass(slots=True)
class Misses:
    """The wrong pairs of the learned rules, with their causes."""

    causes: dict[str, list[str]]

    def note(
        self, article: Linked, seen: set[tuple[str, str]], weak: set[tuple[str, str]], evidence: Evidence
    ) -> None:
        """Take down what went wrong with one article: `seen` are the aliases that counted, `weak` others that stand there."""
        for entity, alias in sorted(seen):
            if entity not in article.entities:
                self.causes[entity].append(
                    f'"{alias}" stands there, not linked; {evidence.told(entity, alias)}'
                )
        for entity in sorted(article.entities - {entity for entity, _alias in seen}):
            known = [alias for other, alias in sorted(weak) if other == entity]
            if known:
                self.causes[entity].append(f'"{known[0]}" is weak: {evidence.told(entity, known[0])}')
            else:
                written = sorted({surface for other, surface in article.links if other == entity})
                self.causes[entity].append(
                    f"written {', '.join(written)}: neither usual nor seen elsewhere, or inside a longer name"
                )

    def worst(self) -> Mapping[str, list[str]]:
        """Return the entities that most pairs went wrong with."""
        ordered = sorted(self.causes.items(), key=lambda item: (-len(item[1]), item[0]))
        return dict(ordered[:MOST_MISSES])


def score(corpus: Corpus) -> tuple[dict[str, Scores], Misses]:
    """Return the scores of each way, and the misses of the learned rules."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    misses = Misses(defaultdict(list))
    for number, article in enumerate(corpus.articles):
        aliases = corpus.aliases(number)
        every_alias = track(aliases)
        evidence = corpus.evidence(aliases, every_alias, number)
        weak = learn(aliases, evidence)
        ways = {
            "label, and forms linked elsewhere": track(corpus.aliases(number, usual=False), plain=True),
            "and usual aliases": track(aliases, plain=True),
            "and rules learned elsewhere": track(aliases, weak),
        }
        for way, matcher in ways.items():
            found = {mention.actor for mention in matcher.match(Document("", article.text))}
            counts[way]["found"] += len(found & article.entities)
            counts[way]["missed"] += len(article.entities - found)
            counts[way]["wrong"] += len(found - article.entities)
        seen = _seen(ways["and rules learned elsewhere"], article.text)
        misses.note(article, seen, _seen(every_alias, article.text) - seen, evidence)
    return {way: Scores(**count) for way, count in counts.items()}, misses


def main() -> None:
    """Measure and print."""
    arguments = options(__doc__).parse_args()
    corpus = Corpus(read(data_folder()))
    scores, misses = score(corpus)
    figures = {
        "articles": len(corpus.articles),
        "entities": len(corpus.entities),
        "linked_once": corpus.once(),
        "scores": {
            way: {"precision": s.precision, "recall": s.recall, "f1": s.f1} for way, s in scores.items()
        },
        "goal_f1": GOAL,
        "worst": misses.worst(),
        "slavic": score_slavic(read_marked(data_folder())),
    }
    report(figures, as_json=arguments.json)


if __name__ == "__main__":
    main()
