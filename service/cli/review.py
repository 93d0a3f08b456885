"""`tocsin review`: press reviews, their editions, and what was reproduced."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from alerts.review.printing import PrintError
from alerts.review.printing.making import print_edition
from service.actions.copies import copies_csv, copies_of_month
from service.actions.corrections import correct_edition
from service.actions.edition_archive import search_editions
from service.actions.edition_files import to_print
from service.actions.edition_words import edition_data, edition_text, prepared_data
from service.actions.editions import approve_edition, drop_edition, edition_shown
from service.actions.report_editions import edition_report, refuse_sheet
from service.actions.review_drafts import prepare_edition, store_edition
from service.actions.reviews import (
    ShownReview,
    change_review,
    copy_review,
    drop_review,
    make_review,
    missing_lists,
    pause_review,
    resume_review,
    review_shown,
    rights_of,
    shown_reviews,
)
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    counted,
    print_json,
    print_table,
    provisioned,
    say,
)
from service.cli.review_recipients import app as recipients
from service.clock import utc_now
from service.reports.making import print_report
from storage.stores.reviews.editions import list_editions
from storage.stores.reviews.pictures import picture_bodies

if TYPE_CHECKING:
    from alerts.delivery.payload import ReviewData
    from service.reports.values import ReportFormat, ReportView
    from service.settings import Settings
    from storage.engine import Database

app = typer.Typer(help="Press reviews: drafted, edited, approved, sent.", no_args_is_help=True)
app.add_typer(recipients, name="recipients")
LISTED = 20
DAYS = ["%Y-%m-%d"]
NameArgument = Annotated[str, typer.Argument(help="The review's name.")]
EditionArgument = Annotated[int, typer.Argument(help="The edition's number.")]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="The file; left out: standard output.")
]


@app.callback()
def group() -> None:
    """Press reviews: drafted, edited, approved, sent."""


@app.command("list")
def list_(
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many editions.")] = LISTED,
) -> None:
    """List the reviews and their newest editions.

    Example: tocsin review list
    """
    with provisioned(settings) as (_loaded, database), database.read() as session:
        reviews, editions = shown_reviews(session), list_editions(session, limit=limit)
    if as_json:
        print_json(
            {
                "reviews": [
                    {
                        "id": one.id,
                        "name": one.name,
                        "provisioned": one.provisioned,
                        "next_at": one.next_at,
                        **one.keys.stored(),
                    }
                    for one in reviews
                ],
                "editions": [asdict(one) for one in editions],
            }
        )
        return
    print_table(
        ["Review", "Sent", "Next (UTC)", "Channels", "Sections"],
        [
            [one.name, _sending(one), one.next_at, one.keys.channels, len(one.keys.sections)]
            for one in reviews
        ],
        empty="No reviews: declare one under [[reviews]], or tocsin review add.",
    )
    if reviews:
        typer.echo()
        print_table(
            ["Edition", "Review", "State", "Due (UTC)", "Items", "Approved by"],
            [
                [one.id, one.review, one.state, one.due_at, one.item_count, one.approved_by]
                for one in editions
            ],
            empty="No editions yet.",
        )


@app.command("search")
def search(
    words: Annotated[
        str, typer.Argument(help="Words that all stand in one headline, excerpt or line, or at the head.")
    ],
    review: Annotated[str | None, typer.Option(help="Only of this review.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=DAYS, help="Due on this day (UTC) or later.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=DAYS, help="Due before this day (UTC).")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many editions.")] = LISTED,
) -> None:
    """Search the editions that were sent, the newest first.

    Example: tocsin review search "fishing licences" --review "Morning review" --since 2026-01-01
    """
    with provisioned(settings) as (_loaded, database), database.read() as session:
        found = search_editions(
            session,
            words=words,
            review=review,
            since=None if since is None else since.replace(tzinfo=UTC),
            until=None if until is None else until.replace(tzinfo=UTC),
            only_sent=True,
            limit=limit,
        )
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        ["Edition", "Review", "Sent (UTC)", "Items", "Found in"],
        [
            [
                one.listed.id,
                one.listed.review,
                one.listed.sent_at,
                one.listed.item_count,
                "; ".join(item.headline for item in one.items),
            ]
            for one in found
        ],
        empty="No edition that was sent has these words.",
    )


@app.command("preview")
def preview(
    name: NameArgument,
    output: OutputOption = None,
    form: Annotated[
        Literal["txt", "html", "json"], typer.Option("--format", help="txt, html or json.")
    ] = "txt",
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Show the edition that would be drafted now. Nothing is stored or sent.

    Example: tocsin review preview "Morning review" --format html --output review.html
    """
    now = utc_now()
    with provisioned(settings) as (loaded, database), database.read() as session:
        review = review_shown(session, name)
        for missing in missing_lists(session, review):
            complain(f"warning: there is no watch list {missing!r}, which a section names")
        new = prepare_edition(session, review, rights_of(loaded), due_at=now, now=now)
    data = prepared_data(new, review)
    text = data.model_dump_json(indent=2) if form == "json" else edition_text(data, form, loaded, now=now)
    _write(text.encode(), output)


@app.command("draft")
def draft(
    name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False
) -> None:
    """Draft an edition now, to be edited on the page; it is sent once it is approved.

    Example: tocsin review draft "Morning review"
    """
    with provisioned(settings) as (loaded, database):
        number = _draft(loaded, database, name)
        with database.read() as session:
            listed = edition_shown(session, number).listed
    if as_json:
        print_json(asdict(listed))
        return
    say(
        f"Edition {number} drafted: {counted(listed.item_count, 'item')}. Edit it at /reviews/editions/{number}."
    )


@app.command("send")
def send(
    which: Annotated[
        str, typer.Argument(help="An edition's number, or a review's name: then one is drafted.")
    ],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Approve an edition and send it now. The running service sends it; without one it waits.

    Example: tocsin review send 12
    """
    with provisioned(settings) as (loaded, database):
        number = int(which) if which.isdecimal() else _draft(loaded, database, which)
        with database.write() as session:
            edition = approve_edition(session, number, caller="command", now=utc_now(), send_now=True)
    say(f"Edition {number} of {edition.listed.review} is approved: the running service sends it now.")


@app.command("correct")
def correct(number: EditionArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Draft a correction of an edition that was sent. Edit it, then: tocsin review send.

    Example: tocsin review correct 12
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        made = correct_edition(session, number, now=utc_now())
    say(
        f"Edition {made} is a draft: edit it at /reviews/editions/{made}, then: tocsin review send {made}. "
        f"It goes to those who had edition {number}."
    )


@app.command("drop")
def drop(number: EditionArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Drop an edition: it is never sent, and the next one covers its time again.

    Example: tocsin review drop 12
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        drop_edition(session, number)
    say(f"Edition {number} is dropped.")


@app.command("export")
def export(
    number: EditionArgument,
    output: OutputOption = None,
    form: Annotated[
        Literal["html", "txt", "json", "pdf", "docx", "xlsx"],
        typer.Option("--format", help="html, txt, json, pdf or docx; of a report xlsx too."),
    ] = "html",
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Write an edition to a file.

    Example: tocsin review export 12 --format json --output edition.json
    """
    with provisioned(settings) as (loaded, database), database.read() as session:
        edition = edition_shown(session, number)
        review = review_shown(session, edition.listed.review_id)
        refuse_sheet(review, form)
        report = (
            edition_report(
                session, number, review, rights_of(loaded), spoken=review.keys.language, now=utc_now()
            )
            if form in ("pdf", "docx", "xlsx") and review.keys.report is not None
            else None
        )
        pictures = picture_bodies(session, number)
    data = edition_data(edition, review)
    now = edition.listed.created_at
    if form == "pdf" or form == "docx" or form == "xlsx":
        _write(_printed(form, data, review, report, pictures), output)
        return
    text = (
        data.model_dump_json(indent=2)
        if form == "json"
        else edition_text(data, form, loaded, now=now, pictures=pictures)
    )
    _write(text.encode(), output)


@app.command("copies")
def copies(
    month: Annotated[str, typer.Argument(help="A month (UTC), such as 2026-03.")],
    output: OutputOption = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Count the copies of each outlet's articles that were sent in a month, as CSV: items times recipients.

    Example: tocsin review copies 2026-03 --output copies.csv
    """
    with provisioned(settings) as (loaded, database), database.read() as session:
        rows = copies_of_month(session, month, rights_of(loaded))
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    _write(copies_csv(month, rows).encode(), output)


@app.command("add")
def add(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="A TOML file with the keys of a [[reviews]] table.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Make a review of the keys in a file, or change one that was made so.

    Example: tocsin review add "Evening review" evening.toml
    """
    keys = _keys(file)
    now = utc_now()
    with provisioned(settings) as (_loaded, database), database.write() as session:
        if name in {one.name for one in shown_reviews(session)}:
            change_review(session, name, keys, now=now)
            say(f"Review {name} changed.")
        else:
            make_review(session, name, keys, now=now)
            say(f"Review {name} added.")


@app.command("copy")
def copy(
    name: NameArgument,
    to: Annotated[str, typer.Argument(help="What the copy is called.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Make another review of one's settings. It is paused, and has no recipients of its own.

    Example: tocsin review copy "Morning review" "Evening review"
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        copy_review(session, name, to, now=utc_now())
    say(f"Review {to} added. It is paused: tocsin review resume {to!r}.")


@app.command("pause")
def pause(name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Draft nothing by a review's time until it is resumed.

    Example: tocsin review pause "Morning review"
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        pause_review(session, name, now=utc_now())
    say(f"Review {name} is paused.")


@app.command("resume")
def resume(name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Draft by a review's time again.

    Example: tocsin review resume "Morning review"
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        resume_review(session, name, now=utc_now())
    say(f"Review {name} is resumed.")


@app.command("remove")
def remove(name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Remove a review with its editions. Those of the settings file are removed there.

    Example: tocsin review remove "Evening review"
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        drop_review(session, name)
    say(f"Review {name} removed.")


def _sending(review: ShownReview) -> str:
    if review.keys.paused:
        return "paused"
    return "by hand" if review.keys.send is None else str(review.keys.send)


def _draft(loaded: Settings, database: Database, name: str) -> int:
    now = utc_now()
    with database.read() as session:
        review = review_shown(session, name)
        new = prepare_edition(session, review, rights_of(loaded), due_at=now, now=now)
    with database.write() as session:
        return store_edition(session, new, now=now)


def _printed(
    kind: ReportFormat,
    data: ReviewData,
    review: ShownReview,
    report: ReportView | None,
    pictures: Mapping[int, bytes],
) -> bytes:
    try:
        if report is not None:
            return print_report(kind, report)
        if kind != "xlsx":  # which was refused
            return print_edition(kind, *to_print(data, review, pictures, kind=kind))
        raise PrintError("only reports come as XLSX")
    except PrintError as error:
        complain(str(error))
        raise typer.Exit(1) from error


def _keys(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="FILE") from None


def _write(body: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")
        return
    output.write_bytes(body)
    say(f"{output}: {counted(len(body), 'byte')}")
