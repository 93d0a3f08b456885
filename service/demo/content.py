"""The sample outlets and their articles, from the TOML files beside this module. Every event in them is invented."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Literal

FeedKind = Literal["rss", "atom", "rdf", "json"]

BETWEEN_OLDER = timedelta(minutes=17)
"""How far apart the articles are that are there from the start."""


@dataclass(frozen=True, slots=True)
class SampleOutlet:
    """An invented outlet: how it calls itself and how it publishes."""

    key: str
    name: str
    language: str
    country: str
    kind: FeedKind
    full_text: bool = False
    """Whether the feed carries whole articles."""
    encoding: str = "utf-8"
    compressed: bool = False
    disclaimer: str = "Sample article written for Tocsin's demonstration; the events are invented."


_FRENCH = "Article d'exemple écrit pour la démonstration de Tocsin ; les faits sont inventés."
_SPANISH = "Artículo de muestra escrito para la demostración de Tocsin; los hechos son inventados."
_ARABIC = "مقال نموذجي كتب لعرض برنامج Tocsin؛ والأحداث الواردة فيه متخيلة."

OUTLETS = (
    SampleOutlet("wire", "Example Wire", "en", "GB", "rss", full_text=True),
    SampleOutlet("gazette", "Example Gazette", "en", "GB", "rss"),
    SampleOutlet("ledger", "Atlantic Ledger", "en", "US", "atom"),
    SampleOutlet(
        "depeche", "La Dépêche d'Exemple", "fr", "MA", "rss", encoding="iso-8859-15", disclaimer=_FRENCH
    ),
    SampleOutlet("tribune", "Tribune Exemple", "fr", "FR", "json", disclaimer=_FRENCH),
    SampleOutlet("diario", "El Diario Ejemplo", "es", "ES", "atom", compressed=True, disclaimer=_SPANISH),
    SampleOutlet("correo", "Correo de Ejemplo", "es", "ES", "rdf", disclaimer=_SPANISH),
    SampleOutlet("mithal", "جريدة المثال", "ar", "MA", "rss", encoding="windows-1256", disclaimer=_ARABIC),
    SampleOutlet("akhbar", "أخبار المثال", "ar", "MA", "rss", disclaimer=_ARABIC),
)


@dataclass(frozen=True, slots=True)
class SampleArticle:
    """One article of one outlet. `after` is when it appears, from the start of the demo; negative: it was there before."""

    outlet: str
    slug: str
    title: str
    paragraphs: tuple[str, ...]
    after: timedelta
    expects: tuple[str, ...]
    """Names of the actors and topics that it must be alerted for."""
    caption: str = ""
    read_also: str = ""


@cache
def articles() -> tuple[SampleArticle, ...]:
    """Return all articles, syndicated copies among them."""
    found: list[SampleArticle] = []
    for file in sorted((Path(__file__).parent / "articles").glob("*.toml")):
        for number, item in enumerate(tomllib.loads(file.read_text(encoding="utf-8"))["article"], start=1):
            after = timedelta(seconds=item["at"]) if "at" in item else -BETWEEN_OLDER * number
            homes = [(item["outlet"], item["title"]), *map(tuple, item.get("copies", []))]
            found += [
                SampleArticle(
                    outlet=outlet,
                    slug=f"{file.stem}-{number}",
                    title=title,
                    paragraphs=tuple(item["text"].strip().split("\n")),
                    after=after,
                    expects=tuple(item["expects"]),
                    caption=item.get("caption", ""),
                    read_also=item.get("read_also", ""),
                )
                for outlet, title in homes
            ]
    return tuple(found)
