"""What page and API do alike with editions of press reviews."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Response

from alerts.delivery.payload import ReviewData
from alerts.review.printing import PrintError
from alerts.review.printing.making import print_edition
from crawler.pool import WorkFailedError
from service.actions.edition_files import media_type, name_of_file, to_print
from service.actions.edition_words import edition_data, edition_text
from service.actions.editions import edition_shown
from service.actions.errors import ConflictError
from service.actions.report_editions import edition_report, refuse_sheet
from service.actions.review_drafts import prepare_edition, store_edition
from service.actions.reviews import ShownReview, review_shown, rights_of
from service.reports.making import print_report
from service.reports.values import ReportFormat
from service.web.site import Site
from storage.stores.reviews.editions import files_of
from storage.stores.reviews.pictures import picture_bodies


async def draft_on(site: Site, review_id: int) -> int:
    """Draft an edition of a review now; return its number. Raise `NotFoundError`."""
    now = site.now()
    review = await site.database.reading(review_shown, which=review_id)
    new = await site.database.reading(
        prepare_edition, review=review, rights=rights_of(site.settings), due_at=now, now=now
    )
    return await site.database.writing(store_edition, new=new, now=now)


async def html_on(site: Site, number: int, language: str | None = None) -> str:
    """Return an edition as its mail has it, in its language or another. Raise `NotFoundError`."""
    edition = await site.database.reading(edition_shown, number=number)
    review = await site.database.reading(review_shown, which=edition.listed.review_id)
    data = _spoken(edition_data(edition, review), language)
    pictures = await site.database.reading(picture_bodies, edition_id=number)
    return edition_text(data, "html", site.settings, now=edition.listed.created_at, pictures=pictures)


async def file_on(
    site: Site, number: int, kind: ReportFormat, language: str | None = None
) -> tuple[str, bytes]:
    """Return an edition's file with its name: as it was sent, else made now. Raise `NotFoundError`, `ConflictError`."""
    edition = await site.database.reading(edition_shown, number=number)
    review = await site.database.reading(review_shown, which=edition.listed.review_id)
    refuse_sheet(review, kind)
    data = _spoken(edition_data(edition, review), language)
    kept = await site.database.reading(files_of, number=number)
    as_sent = kept.get(f"{kind}.{data.language}")
    if as_sent is None and data.language == review.keys.language:
        as_sent = kept.get(kind)
    body = as_sent if edition.listed.state == "sent" else None
    if body is None:
        try:
            body = await _printed(site, data, review, kind)
        except (PrintError, WorkFailedError) as error:
            raise ConflictError(str(error)) from error
    return name_of_file(data, kind), body


async def _printed(site: Site, data: ReviewData, review: ShownReview, kind: ReportFormat) -> bytes:
    if review.keys.report is None and kind != "xlsx":
        pictures = await site.database.reading(picture_bodies, edition_id=data.edition_id)
        view, look = to_print(data, review, pictures, kind=kind)
        return await site.pool.run(print_edition, kind, view, look)
    report = await site.database.reading(
        edition_report,
        number=data.edition_id,
        review=review,
        rights=rights_of(site.settings),
        spoken=data.language,
        now=site.now(),
    )
    return await site.pool.run(print_report, kind, report)


def _spoken(data: ReviewData, language: str | None) -> ReviewData:
    return data if language is None else data.model_copy(update={"language": language})


def download(name: str, kind: ReportFormat, body: bytes) -> Response:
    """Return a file to be saved under its name."""
    headers = {"content-disposition": f"attachment; filename*=utf-8''{quote(name)}"}
    return Response(body, media_type=media_type(kind), headers=headers)


MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""Of a mail that is shown: it has styles and pictures of its own, and nothing else."""
