"""An edition as PDF, by Typst: tagged, with contents, page numbers and bookmarks (docs/decisions/0019-printing.md)."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from alerts.delivery.review_view import ReviewView
from alerts.review.printing import Look, Template
from alerts.review.printing.typesetting import typeset

TEMPLATE = Path(__file__).with_name("review.typ")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def make_pdf(review: ReviewView, look: Look) -> bytes:
    """Return the edition as PDF. Raise `PrintError`."""
    logo = f"logo.{look.logo_kind}" if look.logo else ""
    files = {
        "review.json": _json(_values(review)),
        "look.json": _json({"cover": look.cover, "logo": logo, "pictures": list(look.pictures)}),
    }
    files |= {f"picture-{number}.jpg": body for number, body in look.pictures.items()}
    files |= {logo: look.logo} if logo else {}
    ours = Template(TEMPLATE, {TEMPLATE.name: TEMPLATE.read_bytes()})
    return typeset(look.typst or ours, files, colour=look.colour, is_ours=look.typst is None)


def _values(review: ReviewView) -> dict[str, Any]:
    values = asdict(review)
    for part in values["parts"]:
        for item in part["items"]:
            found = _LANGUAGE.match((item["language"] or "").lower())
            item["language"] = found[0] if found else review.language
    return values


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
