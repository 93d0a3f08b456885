"""`tocsin review recipients`: people without an account who are sent a review by mail."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

import typer

from service.actions.review_recipients import (
    RecipientChange,
    add_recipients,
    change_recipient,
    recipient_shown,
    recipients_shown,
    remove_recipient,
    try_recipient_again,
)
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    counted,
    print_json,
    print_table,
    provisioned,
    say,
)
from service.clock import utc_now
from storage.language import Spoken
from storage.stores.reviews.recipients import StoredRecipient

app = typer.Typer(help="A review's own recipients: people without an account.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(help="The review's name.")]
AddressArgument = Annotated[str, typer.Argument(help="The recipient's address.")]
Form = Literal["html", "text", "pdf", "docx", "link"]


@app.callback()
def group() -> None:
    """A review's own recipients: people without an account."""


@app.command("list")
def list_(
    name: NameArgument, settings: SettingsOption = DEFAULT_SETTINGS, as_json: JsonOption = False
) -> None:
    """List a review's own recipients, who opted out, and whose mail was refused.

    Example: tocsin review recipients list "Morning review"
    """
    with provisioned(settings) as (_loaded, database), database.read() as session:
        found = recipients_shown(session, name)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        ["Address", "Name", "Language", "Format", "State"],
        [[one.address, one.name, one.language, one.form, _state(one)] for one in found],
        empty="No recipients of its own: tocsin review recipients add.",
    )


@app.command("add")
def add(
    name: NameArgument,
    addresses: Annotated[
        list[str], typer.Argument(help='Addresses: desk@example.org or "Desk <desk@example.org>".')
    ],
    language: Annotated[
        Spoken | None, typer.Option(help="Of the mail's words; left out: the review's.")
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", help="html, text, pdf or docx (with the file), or link.")
    ] = "html",
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Send a review to these addresses too: all of them, or none where one can't be used.

    Example: tocsin review recipients add "Morning review" desk@example.org --language ar --format pdf
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        added = add_recipients(session, name, addresses, language=language or "", form=form, now=utc_now())
    say(f"{counted(len(added), 'recipient')} added.")


@app.command("change")
def change(
    name: NameArgument,
    address: AddressArgument,
    language: Annotated[
        Literal["en", "fr", "es", "ar", ""] | None,
        typer.Option(help="Of the mail's words; empty: the review's."),
    ] = None,
    form: Annotated[Form | None, typer.Option("--format", help="html, text, pdf, docx or link.")] = None,
    to: Annotated[str | None, typer.Option(help="Another address.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Change what a recipient is sent.

    Example: tocsin review recipients change "Morning review" desk@example.org --format text
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        known = recipient_shown(session, name, address)
        change_recipient(session, known.id, RecipientChange(to, None, language, form))
    say(f"{address} changed.")


@app.command("again")
def again(name: NameArgument, address: AddressArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Send a recipient the next edition again whose mail was refused or came back too often.

    Example: tocsin review recipients again "Morning review" desk@example.org
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        try_recipient_again(session, recipient_shown(session, name, address).id)
    say(f"{address} is sent the next edition.")


@app.command("remove")
def remove(name: NameArgument, address: AddressArgument, settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Send a recipient nothing more, and forget them.

    Example: tocsin review recipients remove "Morning review" desk@example.org
    """
    with provisioned(settings) as (_loaded, database), database.write() as session:
        remove_recipient(session, recipient_shown(session, name, address).id)
    say(f"{address} removed.")


def _state(one: StoredRecipient) -> str:
    if one.left_at is not None:
        return f"opted out {one.left_at:%Y-%m-%d}"
    if one.bounces:
        often = f"came back {one.bounces} times" if one.paused_at is None else "paused: mail comes back"
        return f"{often}: {one.bounced_status} {one.bounced_words}"
    if one.refused_at is not None:
        often = f"refused {one.refusals} times" if one.is_sent else "no longer sent"
        return f"{often}: {one.refused_code} {one.refused_words}"
    return "nothing sent yet" if one.taken_at is None else f"sent {one.taken_at:%Y-%m-%d %H:%M} UTC"
