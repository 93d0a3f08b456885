"""Actors: their names as literals, in arrays, and where they stand.

A million actors that are only names take no objects of their own: an actor is a number, its names are rows. Only one with options
(surname, context, an alias that must be exact …) has `Details`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from alerts.matching.hits import Hits
from alerts.matching.inflected import InflectedNames, InflectedNamesBuilder
from alerts.matching.judging import (
    NO_DETAILS,
    NO_OPTIONS,
    NOWHERE,
    ActorJudge,
    Details,
    Found,
    NameOptions,
    Refused,
    longest_first,
)
from alerts.matching.literals import Literals, Strings
from alerts.matching.reading import Reading
from alerts.matching.spellings import spellings
from alerts.matching.surnames import surnames_of
from alerts.matching.surroundings import says_nothing, why_another_name, why_no_name
from alerts.text import fold_all, fold_words
from alerts.text.forms import script_of
from alerts.text.places import Place
from alerts.values import Actor, Alias

_AT_ONCE = 20_000


class ActorTable:
    """Actors, in arrays. Actor `n` has the names `first_row[n]` to `first_row[n + 1]`."""

    def __init__(self) -> None:
        self.watch = array("I")
        self.first_row = array("I", [0])
        self.texts = Strings()
        self.literal = array("I")
        self.actor_of_row = array("I")
        self.details: dict[int, Details] = {}

    def __len__(self) -> int:
        return len(self.watch)

    def surnames(self) -> frozenset[int]:
        """Return the literals of all surnames."""
        return frozenset(literal for details in self.details.values() for _text, literal in details.surnames)

    def name(self, actor: int) -> str:
        """Return an actor's name."""
        return self.texts[self.first_row[actor]]

    def rows(self, actor: int) -> range:
        """Return the rows of an actor's names."""
        return range(self.first_row[actor], self.first_row[actor + 1])

    def literals(self, actor: int) -> set[int]:
        """Return the literals by which an actor is judged."""
        found = set(self.literal[self.first_row[actor] : self.first_row[actor + 1]])
        if (details := self.details.get(actor)) is not None:
            found.update(details.context, details.against, details.exclude)
            found.update(literal for _text, literal in details.surnames)
            for options in details.names.values():
                found.update(options.context, options.against, options.exclude)
        return found

    def find(
        self,
        actor: int,
        hits: Hits,
        refused: Callable[[Refused], None] | None = None,
        hidden: Set[Place] = frozenset(),
    ) -> list[Found]:
        """Return the places where the actor is meant, in order; tells `refused` of those where it isn't, and why.

        At the `hidden` places a longer name is meant.
        """
        details = self.details.get(actor)
        inflected = hits.inflected or {}
        found = [
            Found(place, row, why)
            for row in self.rows(actor)
            if (literal := self.literal[row]) != NOWHERE
            for place, why in _places(
                hits, literal, refused, row, middle=details is not None and bool(details.surnames)
            )
            if place not in hidden
        ]
        if inflected:
            found += [
                Found(place, row, f"form {cases}")
                for row in self.rows(actor)
                for place, cases in inflected.get(row, ())
                if place not in hidden
            ]
        if found:
            found = self._names(actor, found, hits.reading, refused)
        if details is None:
            return longest_first(found) if len(found) > 1 else found
        return ActorJudge(details, hits, refused).judge(found)

    def _names(
        self, actor: int, found: Sequence[Found], reading: Reading, refused: Callable[[Refused], None] | None
    ) -> list[Found]:
        """Return the places where a name stands as a name: not over a sentence's end, not as a part of another's name."""
        details = self.details.get(actor, NO_DETAILS)
        kept, silent = [], []
        for item in found:
            text = self.texts[item.row]
            options = details.names.get(item.row, NO_OPTIONS)
            why_not = why_no_name(reading, item.place, text, turned=details.any_order)
            if why_not is None and self._is_alone(text, options, details):
                why_not = why_another_name(reading, item.place, details.own)
            if why_not is not None:
                if refused is not None:
                    refused(Refused(item.place, item.row, why_not))
            elif options.exact is not None and says_nothing(reading, item.place, text):
                silent.append(item)
            else:
                kept.append(item)
        if silent and not kept and refused is not None:
            for item in silent:
                refused(
                    Refused(
                        item.place,
                        item.row,
                        "all around it is in capitals, and no other name of the actor is there",
                    )
                )
        return kept + silent if kept else []

    def _is_alone(self, text: str, options: NameOptions, details: Details) -> bool:
        alone = options.alone if options.alone is not None else details.alone
        return alone if alone is not None else is_one_word(text)


class ActorTableBuilder:
    """Takes actors one after another; their names become literals many at once, which is much faster."""

    def __init__(self, literals: Literals) -> None:
        self._literals = literals
        self.table = ActorTable()
        self._waiting: list[str] = []
        self._waiting_actors: list[tuple[int, Actor, dict[int, str]]] = []
        self._inflected = InflectedNamesBuilder()
        self._stiff: set[int] = set()
        """Rows that have none."""

    def add(self, watch: int, actor: Actor) -> None:
        """Add an actor; `finish` must be called after the last."""
        number = len(self.table.watch)
        self.table.watch.append(watch)
        plain = not (
            actor.surname or actor.context or actor.exclude or actor.any_order or actor.alone is not None
        )
        for alias in (actor.name, *actor.aliases):
            text = alias if isinstance(alias, str) else alias.text
            plain = plain and (isinstance(alias, str) or alias == Alias(text))
            self.table.texts.add(text)
            self._waiting.append(text)
            self.table.actor_of_row.append(number)
            if not actor.forms or (isinstance(alias, Alias) and (alias.exact or not alias.forms)):
                self._stiff.add(len(self.table.texts) - 1)
        turned = self._add_spellings(number, actor)
        if not plain:
            turned |= self._add_other_orders(number, actor)
        self.table.first_row.append(len(self.table.texts))
        if not plain:
            self._waiting_actors.append((number, actor, turned))
        if len(self._waiting) >= _AT_ONCE:
            self.finish()

    def finish(self) -> None:
        """Make literals of the names added last."""
        add = self._literals.add
        for text, folded in zip(self._waiting, fold_all(self._waiting), strict=True):
            number = add(folded)
            row = len(self.table.literal)
            if folded and script_of(folded) is not None and row not in self._stiff:
                self._inflected.add(row, text, folded)
            self.table.literal.append(NOWHERE if number < 0 else number)
        self._waiting.clear()
        for number, actor, turned in self._waiting_actors:
            self.table.details[number] = self._details(number, actor, turned)
        self._waiting_actors.clear()

    def inflected(self) -> InflectedNames:
        """Return the names that have forms, once all are added."""
        return self._inflected.build(self.table.texts)

    def _add_spellings(self, number: int, actor: Actor) -> dict[int, str]:
        """Add the other spellings of the names; return what name each such row is of."""
        spelt_of: dict[int, str] = {}
        known: set[str] = set()
        for alias in (actor.name, *actor.aliases):
            text = alias if isinstance(alias, str) else alias.text
            if not isinstance(alias, str) and alias.exact:
                continue
            is_stiff = not actor.forms or (isinstance(alias, Alias) and not alias.forms)
            for spelling in spellings(text, plural=not is_stiff):
                if not known:
                    known = {fold_words(name.text) for name in actor.names}
                if (folded := fold_words(spelling)) and folded not in known:
                    known.add(folded)
                    self._add_row(spelling, number)
                    spelt_of[len(self.table.texts) - 1] = text
                    if is_stiff:
                        self._stiff.add(len(self.table.texts) - 1)
        return spelt_of

    def _add_row(self, text: str, number: int) -> None:
        self.table.texts.add(text)
        self._waiting.append(text)
        self.table.actor_of_row.append(number)

    def _add_other_orders(self, number: int, actor: Actor) -> dict[int, str]:
        """Add the names whose order may be another, turned; return what name each such row is of."""
        turned_of = {}
        known = {fold_words(name.text) for name in actor.names}
        for name in actor.names:
            words = name.text.replace(",", " ").split()
            if len(words) < 2 or not (actor.any_order or name.any_order):
                continue
            for turned in (" ".join([words[-1], *words[:-1]]), " ".join([*words[1:], words[0]])):
                if (folded := fold_words(turned)) not in known:
                    known.add(folded)
                    turned_of[len(self.table.texts)] = name.text
                    self._add_row(turned, number)
        return turned_of

    def _details(self, number: int, actor: Actor, turned: Mapping[int, str]) -> Details:
        names = [name for name in actor.names if not name.weak]
        surnames: dict[str, None] = {}
        if isinstance(actor.surname, str):
            surnames = {actor.surname: None}
        elif actor.surname:
            surnames = {part: None for name in names for part in surnames_of(name.text)}
        options = {name.text: self._options(name) for name in actor.names}
        first_rows: dict[str, int] = {}
        rows = {}
        for row in self.table.rows(number):
            text = self.table.texts[row]
            name_text = turned.get(row, text)
            own = options[name_text]
            if own != NameOptions():
                exact = None if own.exact is None else text
                rows[row] = replace(own, exact=exact, of=first_rows.setdefault(name_text, row))
        return Details(
            context=self._terms(wanted(actor.context)),
            against=self._terms(unwanted(actor.context)),
            exclude=self._terms(actor.exclude),
            surnames=tuple((part, self._literals.add(fold_words(part))) for part in surnames),
            alone=actor.alone,
            any_order=actor.any_order or any(name.any_order for name in actor.names),
            own=frozenset(word for name in names for word in fold_words(name.text).split()),
            first_names=frozenset(
                word
                for name in names
                for word in fold_words(name.text).split()
                if actor.surname and word not in map(fold_words, surnames)
            ),
            names=rows,
        )

    def _options(self, name: Alias) -> NameOptions:
        return NameOptions(
            exact=name.text if name.exact else None,
            title=name.title,
            weak=name.weak,
            context=self._terms(wanted(name.context)),
            against=self._terms(unwanted(name.context)),
            exclude=self._terms(name.exclude),
            least=name.least,
            alone=name.alone,
        )

    def _terms(self, terms: Iterable[str]) -> tuple[int, ...]:
        return tuple(literal for term in terms if (literal := self._literals.add(fold_words(term))) >= 0)


def _places(
    hits: Hits, literal: int, refused: Callable[[Refused], None] | None, row: int, *, middle: bool
) -> Iterator[tuple[Place, str]]:
    for place in hits.places(literal):
        yield place, "alias"
    for place in hits.within.get(literal, ()):
        yield place, "initials"
    for place in hits.respelt.get(literal, ()):
        yield place, "spelling"
    if middle:
        for place in hits.middle_names.get(literal, ()):
            yield place, "middle name"
    if refused is not None:
        for place, why in hits.refused(literal):
            refused(Refused(place, row, why))


def wanted(context: Iterable[str]) -> Iterator[str]:
    """Yield the terms of which one must stand in the article."""
    return (term for term in context if not term.startswith("-"))


def unwanted(context: Iterable[str]) -> Iterator[str]:
    """Yield the terms of which none may stand in the article: those written with a minus before them, without it."""
    return (term[1:] for term in context if term.startswith("-"))


def is_one_word(name: str) -> bool:
    """Return whether a name is one word with a capital and small letters: such a word is often part of other names."""
    return name.isalpha() and not name.isupper() and name[0].isupper()
