"""Names as people use them: kinds of fault that users of such programs report, several examples of each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.matching import compile_matcher
from alerts.values import Actor, Alias, Document, WatchList

KINDS = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))["kind"]


def _actor(written: str | dict[str, Any], *, surname: bool) -> Actor:
    if isinstance(written, str):
        return Actor(written, surname=surname)
    aliases = tuple(alias if isinstance(alias, str) else Alias(**alias) for alias in written["aliases"])
    return Actor(written["name"], aliases, surname=surname)


def _cases() -> Iterator[Any]:
    for kind in KINDS:
        actors = tuple(_actor(actor, surname=kind.get("surname", False)) for actor in kind["actors"])
        for article, *found in kind["cases"]:
            yield pytest.param(actors, article, found, id=f"{kind['what']}: {article}")


@pytest.mark.parametrize(("actors", "article", "found"), _cases())
def test_name(actors: tuple[Actor, ...], article: str, found: list[str]) -> None:
    title, is_parted, text = article.partition(" ##")
    document = Document(title, text.strip()) if is_parted else Document("", article)
    mentions = compile_matcher([WatchList("W", actors)]).match(document)
    assert [mention.surface for mention in mentions] == found
