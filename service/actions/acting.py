"""Who acts, and the one place where what they do is written down: every action that changes something is marked by `act`.

An act is written in its own transaction, so it is known if and only if it was done. Written are who, when, from where, what
kind of thing, which one, and those of the action's arguments that its mark names (`told`): no argument gets there unnamed, so
passwords and keys never do. An action that calls others is one act, its own. What a stage or the settings file did is none.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic import BaseModel, SecretBytes, SecretStr
from sqlmodel import Session

from service.clock import utc_now
from storage.addresses import masked
from storage.engine import Database
from storage.stores.people.acts import NewAct, name_of, put_act

P = ParamSpec("P")
T = TypeVar("T")
Where = TypeVar("Where", Session, Database)

LONGEST = 300
"""Characters of a text that are written down."""
MOST = 20
"""Items of a list that are."""
NAMED = ("name", "path", "title", "label")
"""Where a value that has a name is called by it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, by which surface (`page`, `api`, `cli`, `link`), and from which address."""

    name: str
    via: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class ActMark:
    """What an action is, to the audit."""

    subject: str
    verb: str
    about: str | None
    told: tuple[str, ...]


_ACTING: ContextVar[Person | None] = ContextVar("acting", default=None)
_WITHIN: ContextVar[bool] = ContextVar("within an act", default=False)


def act_as(person: Person | None) -> None:
    """Say who acts from here on, in this task or thread."""
    _ACTING.set(person)


@contextmanager
def acting_as(person: Person) -> Iterator[None]:
    """Say who acts while the context is open."""
    token = _ACTING.set(person)
    try:
        yield
    finally:
        _ACTING.reset(token)


def act(
    subject: str, verb: str, about: str | None = None, told: Sequence[str] = ()
) -> Callable[[Callable[Concatenate[Where, P], T]], Callable[Concatenate[Where, P], T]]:
    """Mark an action: it is written down as this verb, done to what its argument `about` names, with the arguments `told`.

    An action that returns False changed nothing, and one that raises did nothing: neither is written.
    """
    mark = ActMark(subject, verb, about, tuple(told))

    def decorate(action: Callable[Concatenate[Where, P], T]) -> Callable[Concatenate[Where, P], T]:
        signature = inspect.signature(action)
        unknown = [
            name for name in (*mark.told, *((about and (about,)) or ())) if name not in signature.parameters
        ]
        if unknown:
            raise TypeError(f"{action.__qualname__} has no argument {', '.join(unknown)}")

        @wraps(action)
        def done(where: Where, /, *args: P.args, **kwargs: P.kwargs) -> T:
            person = _ACTING.get()
            if person is None or _WITHIN.get():
                return action(where, *args, **kwargs)
            given = signature.bind(where, *args, **kwargs).arguments
            name, facts = _read(where, mark, given)
            token = _WITHIN.set(True)
            try:
                result = action(where, *args, **kwargs)
            finally:
                _WITHIN.reset(token)
            if result is not False:
                at = given.get("now") or utc_now()
                new = NewAct(
                    at, person.name, person.via, person.address, mark.subject, mark.verb, name, facts
                )
                _write(where, new)
            return result

        done.act_mark = mark  # type: ignore[attr-defined]  # by which the audit's words and the tests find it
        return done

    return decorate


def mark_of(action: Callable[..., object]) -> ActMark | None:
    """Return how an action is marked; None where it is not."""
    mark: ActMark | None = getattr(action, "act_mark", None)
    return mark


def _write(where: Session | Database, new: NewAct) -> None:
    if isinstance(where, Database):
        where.transact(put_act, new)
    else:
        put_act(where, new)


def _read(where: Session | Database, mark: ActMark, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return what an act is about and its facts, as things are called before it is done."""
    if isinstance(where, Database):
        with where.read() as session:
            return _read(session, mark, given)
    about = "" if mark.about is None else _named(where, mark.subject, given.get(mark.about, ""))
    facts = {name: told_of(given[name]) for name in mark.told if given.get(name) is not None}
    return about, {name: value for name, value in facts.items() if value not in ({}, [], "")}


def _named(session: Session, subject: str, value: object) -> str:
    if isinstance(value, int):
        kind = "watch list" if subject in ("actor", "topic") else subject
        return name_of(session, kind, value) or str(value)
    for name in NAMED:
        found = getattr(value, name, None)
        if isinstance(found, str):
            return found[:LONGEST]
    return str(value)[:LONGEST]


def told_of(value: object) -> Any:  # noqa: ANN401  (JSON)
    """Return a value as it is written down: of a table of keys the keys alone, for their values may be secret. Pure."""
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return value.value
        case str():
            return masked(value[:LONGEST])
        case timedelta():
            return f"{value.total_seconds():g} s"
        case datetime():
            return value.isoformat(timespec="seconds")
        case SecretStr() | SecretBytes() | bytes():
            return "***"
        case BaseModel():
            return {name: told_of(getattr(value, name)) for name in sorted(value.model_fields_set)}
        case Mapping():
            return [str(key)[:LONGEST] for key in list(value)[:MOST]]
        case Sequence() | AbstractSet():
            items = list(value)
            more = [f"+{len(items) - MOST}"] if len(items) > MOST else []
            return [told_of(item) for item in items[:MOST]] + more
        case _ if is_dataclass(value):
            told = {field.name: told_of(getattr(value, field.name)) for field in fields(value)}
            return {name: one for name, one in told.items() if one not in (None, "", [], {})}
        case _:
            return str(value)[:LONGEST]
