"""Editions as PDF and Word files: what a worker is to print, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.delivery.payload import ReviewData
from alerts.delivery.review_view import SUBTYPES, ReviewView, file_name, review_view
from alerts.review.printing import Look, PrintError
from service.actions.reviews import ShownReview
from service.locale import translator
from storage.language import speaking

LARGEST_LOGO = 5_000_000


def to_print(data: ReviewData, review: ShownReview, pictures: Mapping[int, bytes]) -> tuple[ReviewView, Look]:
    """Return an edition in words of its language, and how it looks. Raise `PrintError` for a logo that can't be read."""
    with speaking(translator(data.language)):
        view = review_view(data)
    return view, replace(_look(review), pictures=dict(pictures))


def media_type(kind: str) -> str:
    """Return the media type of a format."""
    return f"application/{SUBTYPES[kind]}"


def name_of_file(data: ReviewData, kind: str) -> str:
    """Return what an edition's file is called."""
    return file_name(
        data.review, data.due_at.astimezone(ZoneInfo(data.zone)).date().isoformat(), kind, data.revision
    )


def _look(review: ShownReview) -> Look:
    keys = review.keys
    if not keys.logo:
        return Look(cover=keys.cover)
    path = Path(keys.logo)
    try:
        if path.stat().st_size > LARGEST_LOGO:
            raise PrintError(f"the logo {path} is larger than {LARGEST_LOGO // 1_000_000} MB")
        return Look(keys.cover, path.suffix.lower().lstrip("."), path.read_bytes())
    except OSError as error:
        raise PrintError(f"the logo {path} can't be read: {error.strerror}") from None
