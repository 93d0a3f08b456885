"""Editions as PDF and Word files: what a worker is to print, and what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from alerts.delivery.payload import Period, ReviewData, ReviewFigure, ReviewItem, ReviewPart
from alerts.delivery.review_view import SUBTYPES, ReviewView, file_name, review_view
from alerts.review.printing import Look, PrintError, Template, TemplateError
from alerts.review.printing.making import Printed, print_edition
from service.actions.reviews import ShownReview
from service.locale import translator
from service.settings.review_models import ReviewKeys
from storage.language import speaking

LARGEST_FILE, LARGEST_TEMPLATE, MOST_FILES = 10_000_000, 30_000_000, 100
BESIDE = frozenset((".typ", ".png", ".jpg", ".jpeg", ".svg", ".webp", ".gif", ".ttf", ".otf"))
"""What a template for the PDF may read of its folder."""
RESERVED = frozenset(("review.json", "look.json"))
PACKAGE = re.compile(rb'"@[\w-]+/')


def to_print(
    data: ReviewData, review: ShownReview, pictures: Mapping[int, bytes], *, kind: Printed | None = None
) -> tuple[ReviewView, Look]:
    """Return an edition in words of its language, and how it looks: with the user's template where a `kind` is given.

    Raise `PrintError` for a file that can't be read.
    """
    with speaking(translator(data.language)):
        view = review_view(data)
    return view, replace(look_of(review.keys, kind), pictures=dict(pictures))


def media_type(kind: str) -> str:
    """Return the media type of a format."""
    return f"application/{SUBTYPES[kind]}"


def name_of_file(data: ReviewData, kind: str) -> str:
    """Return what an edition's file is called."""
    return file_name(
        data.review, data.due_at.astimezone(ZoneInfo(data.zone)).date().isoformat(), kind, data.revision
    )


def look_of(keys: ReviewKeys, kind: Printed | None) -> Look:
    """Return how a review's editions look, with its template for a kind of file.

    Raise `PrintError`, of a template `TemplateError`, for a file that can't be read.
    """
    look = Look(keys.cover, colour=keys.colour)
    if keys.logo:
        path = Path(keys.logo)
        look = replace(look, logo_kind=path.suffix.lower().lstrip("."), logo=_read(path, PrintError, "logo"))
    if keys.pdf_template and kind == "pdf":
        look = replace(look, typst=_typst(Path(keys.pdf_template)))
    if keys.word_template and kind == "docx":
        path = Path(keys.word_template)
        look = replace(look, word=Template(path, {path.name: _read(path, TemplateError, "template")}))
    return look


def look_problems(name: str, keys: ReviewKeys) -> Iterator[str]:
    """Say what is wrong with a review's logo and templates: a page is printed by each."""
    wanted: dict[Printed, str] = {"pdf": keys.pdf_template, "docx": keys.word_template}
    for kind, template in wanted.items():
        if not template and not (keys.logo and kind in keys.formats):
            continue
        try:
            with speaking(translator(keys.language)):
                view = review_view(_sample(name, keys))
            print_edition(kind, view, look_of(keys, kind))
        except PrintError as error:
            yield f"the review {name!r}: {error}"


def _typst(path: Path) -> Template:
    """Read a template for the PDF, and what lies beside it: other templates, pictures, fonts."""
    files = {path.name: _read(path, TemplateError, "template")}
    for beside in sorted(path.parent.iterdir()):
        if beside.suffix.lower() in BESIDE and beside.is_file() and beside.name not in RESERVED:
            files[beside.name] = _read(beside, TemplateError, "template")
        if sum(map(len, files.values())) > LARGEST_TEMPLATE or len(files) > MOST_FILES:
            raise TemplateError(
                f"{path.parent}: more than {MOST_FILES} files or {LARGEST_TEMPLATE // 1_000_000} MB beside {path.name}: "
                "give the template a folder of its own"
            )
    for name, body in files.items():
        found = PACKAGE.search(body) if name.endswith(".typ") else None
        if found is not None:
            line = body[: found.start()].count(b"\n") + 1
            raise TemplateError(
                f"{path.with_name(name)}:{line}: packages are not loaded from the network: put its files beside the template"
            )
    return Template(path, files)


def _read(path: Path, raised: type[PrintError], what: str) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise raised(f"the {what} {path} is larger than {LARGEST_FILE // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        raise raised(f"the {what} {path} can't be read: {error.strerror}") from None


def _sample(name: str, keys: ReviewKeys) -> ReviewData:
    """Return an edition in which all has a value."""
    at = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    item = ReviewItem(
        headline="Headline",
        outlet="Outlet",
        excerpt="Excerpt.",
        note="Note.",
        url="https://example.org/",
        language=keys.language,
        authors=("Author",),
        published_at=at,
        outlets=2,
    )
    parts: list[Literal["event", "section", "brief"]] = ["event", "section", "brief"]
    return ReviewData(
        edition_id=1,
        review=name,
        title=name,
        intro="Introduction.",
        language=keys.language,
        due_at=at,
        period=Period(since=at, until=at),
        sections=tuple(ReviewPart(kind=kind, title="Section", items=(item,)) for kind in parts),
        figures=(ReviewFigure(watch_list="Watch list", days=(1, 2, 3, 4, 5, 6, 7)),),
        colour=keys.colour,
    )
