"""Warnings of rules that are sure to disappoint: too broad by what the archive holds, or referring to what is not tracked."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.matching import compile_matcher
from alerts.matching.actors import wanted
from alerts.matching.parts import parts_of
from alerts.query import Reference, parse, references
from alerts.text import fold, fold_all, fold_words
from alerts.values import Actor, Alias, Document, Mention, WatchList
from service.actions.common_words import COMMON_WORDS
from service.actions.matchers import matcher_of
from storage.language import _
from storage.stores.articles.archive import newest_articles
from storage.stores.watch.watch_lists import actor_names, list_names

NEWEST = 2_000
"""So many of the newest articles are looked at."""
FEWEST = 200
"""With fewer in the archive, they say nothing."""
BROAD_QUERY = 0.05
BROAD_ALIAS = 0.02
"""A query or one-word alias found in a greater share of the articles is too broad."""
MOST_WARNINGS = 10
MOST_ACTORS = 1_000
"""In a list of more, nobody reads a warning for each actor."""
FEWEST_INSIDE, INSIDE = 3, 0.2
"""So many places of an actor, and such a share of them, may be inside other names before it is warned of."""
LEFT_OUT = 0.5
"""Such a share of what is left out of an actor must be one longer name before that is asked about."""


def warnings_of(session: Session, watch_lists: Sequence[WatchList]) -> list[str]:
    """Return a warning for each rule of these lists that would alert on nearly everything, or refers to nothing."""
    return [*overbroad(session, watch_lists), *_dangling(session, watch_lists)]


class SingleWords:
    """Collects the aliases of one word that nothing narrows, from however many actors."""

    def __init__(self) -> None:
        self._aliases: dict[str, tuple[str, str]] = {}

    def __bool__(self) -> bool:
        """Whether there are some."""
        return bool(self._aliases)

    def add(self, actor: Actor) -> None:
        """Take an actor's names."""
        if any(wanted(actor.context)):
            return
        for alias in actor.names:
            if " " in alias.text.strip() or _is_narrowed(alias):
                continue
            word = fold_words(alias.text)
            if word and " " not in word:
                self._aliases.setdefault(word, (actor.name, alias.text))

    def warnings(self, session: Session, watch: str) -> list[str]:
        """Return a warning for each that is too common, the most common first; of many, the first ten and how many more."""
        return self.judge(list(_documents(session)), watch) if self else []

    def judge(self, documents: Sequence[Document], watch: str) -> list[str]:
        """Return the warnings, by these articles (none: too few to say)."""
        counts: Counter[str] = Counter()
        for document in documents:
            words = {word for part in parts_of(document) for word in fold(part.text).text.split()}
            counts.update(self._aliases.keys() & words)
        shares = {word: count / len(documents) for word, count in counts.items()}
        broad = {word: share for word, share in shares.items() if share > BROAD_ALIAS}
        for word in self._aliases.keys() & COMMON_WORDS:
            broad.setdefault(word, shares.get(word, 0.0))
        found = sorted(broad.items(), key=lambda item: (-item[1], item[0]))
        messages = [
            self._message(watch, word, share, len(documents)) for word, share in found[:MOST_WARNINGS]
        ]
        if len(found) > MOST_WARNINGS:
            messages.append(
                _(
                    "{watch!r}: {most} more aliases are one common word: tocsin watch test {watch!r}",
                    watch=watch,
                    most=len(found) - MOST_WARNINGS,
                )
            )
        return messages

    def _message(self, watch: str, word: str, share: float, articles: int) -> str:
        actor, alias = self._aliases[word]
        where = (
            _(", found in {share:.0%} of the last {articles:,} articles", share=share, articles=articles)
            if share >= 0.01
            else ""
        )
        return _(
            "{watch!r}, actor {actor!r}: the alias {alias!r} is one common word{where}: give a "
            "longer name, or narrow it with context or exact",
            watch=watch,
            actor=actor,
            alias=alias,
            where=where,
        )


def overbroad(session: Session, watch_lists: Sequence[WatchList]) -> list[str]:
    """Return a warning for each rule of these lists that would alert on nearly everything."""
    documents: Sequence[Document] | None = None
    warnings = []
    for watch in watch_lists:
        words = SingleWords()
        for actor in watch.actors:
            words.add(actor)
        if not watch.actors and not watch.topics:
            continue
        if documents is None:
            documents = list(_documents(session))
        warnings += words.judge(documents, watch.name)
        if documents and 0 < len(watch.actors) <= MOST_ACTORS:
            matcher = compile_matcher([WatchList(watch.name, watch.actors)])
            found = [matcher.match(document) for document in documents]
            warnings += _inside_other_names(watch, documents, found)
            warnings += _left_out(watch, documents, found)
        warnings += _broad_topics(session, watch, documents)
    return warnings


def _inside_other_names(
    watch: WatchList, documents: Sequence[Document], mentions: Sequence[Sequence[Mention]]
) -> Iterator[str]:
    """Yield a warning for each actor whose names often stand inside the names of others, as the articles have them."""
    alone = compile_matcher(
        [WatchList(watch.name, tuple(replace(actor, alone=True) for actor in watch.actors))]
    )
    counts: Counter[str] = Counter()
    inside: dict[str, list[str]] = defaultdict(list)
    for document, found in zip(documents, mentions, strict=True):
        counts.update(mention.actor for mention in found if mention.actor is not None)
        if found:
            kept = {(m.actor, m.field, m.start) for m in alone.match(document)}
            for mention in found:
                if mention.actor is not None and (mention.actor, mention.field, mention.start) not in kept:
                    inside[mention.actor].append(_with_neighbours(document, mention))
    for actor, examples in sorted(inside.items()):
        if len(examples) >= FEWEST_INSIDE and len(examples) > INSIDE * counts[actor]:
            shown = " and ".join(repr(example) for example in list(dict.fromkeys(examples))[:2])
            yield (
                _(
                    "{name!r}, actor {actor!r}: {examples} of {all} places in the last {documents:,} "
                    "articles may be inside another's name ({shown}): set alone = true where they are",
                    name=watch.name,
                    actor=actor,
                    examples=len(examples),
                    all=counts[actor],
                    documents=len(documents),
                    shown=shown,
                )
            )


def _left_out(
    watch: WatchList, documents: Sequence[Document], mentions: Sequence[Sequence[Mention]]
) -> Iterator[str]:
    """Yield a warning for each actor of one word that is often not counted because it stands within one longer name.

    A list with "Macron" alone brings no alert for "Emmanuel Macron".
    """
    actors = tuple(replace(actor, alone=False) for actor in watch.actors if actor.alone is None)
    everywhere = compile_matcher([WatchList(watch.name, actors)])
    counts: Counter[str] = Counter()
    longer: dict[str, Counter[str]] = defaultdict(Counter)
    for document, as_it_is in zip(documents, mentions, strict=True):
        kept = {(m.field, m.start) for m in as_it_is}
        for mention in everywhere.match(document):
            if mention.actor is not None:
                counts[mention.actor] += 1
                if (mention.field, mention.start) not in kept:
                    longer[mention.actor][_longer_name(document, mention)] += 1
    for actor, names in sorted(longer.items()):
        name, most = names.most_common(1)[0]
        left = names.total()
        if left >= FEWEST_INSIDE and left > INSIDE * counts[actor] and most > LEFT_OUT * left:
            yield _(
                "{name!r}, actor {actor!r}: {left} of {all} places in the last {documents:,} articles do not count, since they "
                "are inside a longer name ({longer!r}): add it as an alias if it means the same, or set alone = false",
                name=watch.name,
                actor=actor,
                left=left,
                all=counts[actor],
                documents=len(documents),
                longer=name,
            )


def _longer_name(document: Document, mention: Mention) -> str:
    """Return a mention with the words next to it that begin with a capital."""
    text = document.field(mention.field)
    before = re.search(r"(\w[\w'’.-]*)[ \u00a0]$", text[: mention.start])
    after = re.match(r"[ \u00a0](\w[\w'’-]*)", text[mention.end :])
    around = [before and before[1], mention.surface, after and after[1]]
    return " ".join(word for word in around if word and (word == mention.surface or word[0].isupper()))


def _with_neighbours(document: Document, mention: Mention) -> str:
    """Return a mention with the word before it and the word after."""
    text = document.field(mention.field)
    before = text[: mention.start].split("\n")[-1].split()[-1:]
    after = text[mention.end :].split("\n")[0].split()[:1]
    return " ".join([*before, mention.surface, *after])


def _broad_topics(session: Session, watch: WatchList, documents: Sequence[Document]) -> Iterator[str]:
    if not documents or not watch.topics:
        return
    matcher = matcher_of(session, WatchList(watch.name, (), watch.topics, watch.languages))
    counts: Counter[str] = Counter()
    for document in documents:
        counts.update(
            {m.topic for m in matcher.match(document) if m.watch == watch.name and m.topic is not None}
        )
    for topic, count in counts.most_common():
        share = count / len(documents)
        if share > BROAD_QUERY:
            yield (
                _(
                    "{name!r}, topic {topic!r}: the query matches {share:.0%} of the last {documents:,} "
                    "articles: narrow it, and try it with tocsin watch test {name!r}",
                    name=watch.name,
                    topic=topic,
                    share=share,
                    documents=len(documents),
                )
            )


def _documents(session: Session) -> Iterable[Document]:
    """Return the newest articles; none where there are too few to judge by."""
    documents = [archived_document(article) for article in newest_articles(session, NEWEST)]
    return documents if len(documents) >= FEWEST else []


def _is_narrowed(alias: Alias) -> bool:
    return alias.exact or alias.weak or alias.least > 1 or any(wanted(alias.context))


def _dangling(session: Session, watch_lists: Sequence[WatchList]) -> list[str]:
    """Return a warning for each `@actor:` and `@list:` of a name that neither these lists nor stored ones have."""
    referring = [
        (watch.name, topic.name, reference)
        for watch in watch_lists
        for topic in watch.topics
        if "@" in topic.query
        for reference in references(parse(topic.query).node)
    ]
    known: dict[str, list[str]] = {"actor": [], "list": []}
    if any(reference.kind == "actor" for *_names, reference in referring):
        known["actor"] = [actor.name for watch in watch_lists for actor in watch.actors]
        known["actor"] += actor_names(session)
    if any(reference.kind == "list" for *_names, reference in referring):
        known["list"] = [watch.name for watch in watch_lists]
        known["list"] += list_names(session)
    folded = {kind: frozenset(fold_all(names)) for kind, names in known.items()}
    return [
        _message(watch, topic, reference, known[reference.kind])
        for watch, topic, reference in referring
        if fold_words(reference.name) not in folded[reference.kind]
    ]


def _message(watch: str, topic: str, reference: Reference, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(reference.name, known[:10_000], n=1)
    what = _("watch list") if reference.kind == "list" else "actor"
    hint = _("did you mean {near!r}?", near=near[0]) if near else _("add it, or correct the name")
    return _(
        "{watch!r}, topic {topic!r}: @{kind}:{name!r} finds nothing, as no {what} of that name "
        "is tracked: {hint}",
        watch=watch,
        topic=topic,
        kind=reference.kind,
        name=reference.name,
        what=what,
        hint=hint,
    )
