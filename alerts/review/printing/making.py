"""An edition as a file of a format: what a worker process is asked for."""

from __future__ import annotations

from typing import Literal

from alerts.delivery.review_view import ReviewView
from alerts.review.printing import Look

Printed = Literal["pdf", "docx"]


def print_edition(kind: Printed, review: ReviewView, look: Look) -> bytes:
    """Return the edition as a file. Raise `alerts.review.printing.PrintError`."""
    if kind == "pdf":
        from alerts.review.printing.pdf import make_pdf

        return make_pdf(review, look)
    from alerts.review.printing.word import make_docx

    return make_docx(review, look)
