"""An edition as PDF, by Typst: tagged, with contents, page numbers and bookmarks (docs/decisions/0019-printing.md)."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alerts.delivery.review_view import ReviewView
from alerts.review.printing import Look, PrintError

TEMPLATE = Path(__file__).with_name("review.typ")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def make_pdf(review: ReviewView, look: Look) -> bytes:
    """Return the edition as PDF. Raise `PrintError`."""
    try:
        import typst
    except ImportError:
        raise PrintError("PDF needs Typst: pip install 'tocsin[review]'") from None
    with TemporaryDirectory(prefix="tocsin-review-") as name:
        folder = Path(name)
        (folder / "review.typ").write_bytes(TEMPLATE.read_bytes())
        logo = f"logo.{look.logo_kind}" if look.logo else ""
        if logo:
            (folder / logo).write_bytes(look.logo)
        _write(folder / "review.json", _values(review))
        _write(folder / "look.json", {"cover": look.cover, "logo": logo})
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of fonts that this machine lacks: others take their place
                made: bytes = typst.compile(
                    folder / "review.typ", root=folder, format="pdf", pdf_standards="ua-1"
                )
        except typst.TypstError as error:
            raise PrintError(str(error).splitlines()[0]) from error
    return made


def _values(review: ReviewView) -> dict[str, Any]:
    values = asdict(review)
    for part in values["parts"]:
        for item in part["items"]:
            found = _LANGUAGE.match((item["language"] or "").lower())
            item["language"] = found[0] if found else review.language
    return values


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
