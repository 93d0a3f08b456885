"""Query parameters that an operation does not know are refused: a filter that is misspelt must not look as if it filtered."""

from __future__ import annotations

from difflib import get_close_matches

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from service.actions.errors import InvalidError
from service.web.access import caller_of
from storage.language import _, listed


async def only_known_parameters(request: Request) -> None:
    """Refuse a query parameter that the operation does not have. Raise `InvalidError`.

    Who may not ask at all is told that instead.
    """
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = _parameters_of(route)
    for name in request.query_params:
        if name not in known and await caller_of(request) is not None:
            raise InvalidError(_unknown(name, known), key=f"query.{name[:100]}")


def _unknown(name: str, known: frozenset[str]) -> str:
    name = name[:100]
    if near := get_close_matches(name, known, 1):
        return _("There is no parameter {name!r} here; did you mean {near!r}?", name=name, near=near[0])
    if not known:
        return _("There is no parameter {name!r} here: this operation has none.", name=name)
    names = listed(sorted(known))
    return _("There is no parameter {name!r} here. There are: {names}.", name=name, names=names)


def _parameters_of(route: APIRoute) -> frozenset[str]:
    """Return the names of an operation's query parameters, those of its dependencies included."""
    waiting: list[Dependant] = [route.dependant]
    names: set[str] = set()
    while waiting:
        one = waiting.pop()
        names.update(field.alias for field in one.query_params)
        waiting += one.dependencies
    return frozenset(names)
