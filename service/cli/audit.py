"""`tocsin audit`: who changed what."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from service.actions.audit import AuditFormat, audit_to_export, exported_audit
from service.cli.common import DEFAULT_SETTINGS, SettingsOption, open_database, parse_since, print_table
from service.clock import utc_now
from service.web.act_words import fact_words
from storage.stores.people.acts import ActFilter


def audit(
    who: Annotated[str | None, typer.Option(help="Only what this person, token or account did.")] = None,
    subject: Annotated[
        str | None, typer.Option(help='Only to this kind of thing: "watch list", outlet, channel, user, …')
    ] = None,
    about: Annotated[str | None, typer.Option(help="Only to things with this in their name.")] = None,
    since: Annotated[str | None, typer.Option(help="Since a time (UTC), or within 12h or 30d.")] = None,
    form: Annotated[
        AuditFormat | None, typer.Option("--format", help="Print a file instead of a table.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Show who changed what, newest first: by the page, the API and the command line.

    Example: tocsin audit --subject outlet --since 30d --format csv
    """
    wanted = ActFilter(who, subject, about, parse_since(since, now=utc_now()))
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = audit_to_export(session, wanted)
    chosen = AuditFormat.JSON if as_json else form
    if chosen is not None:
        sys.stdout.buffer.write(exported_audit(found, chosen) + b"\n" * (chosen is AuditFormat.JSON))
        sys.stdout.buffer.flush()
        return
    print_table(
        ["When (UTC)", "Who", "By", "What", "Done", "Name", "Details"],
        [
            [
                one.at,
                one.who,
                one.via,
                one.subject,
                one.verb,
                one.about,
                "; ".join(f"{key}: {fact_words(value)}" for key, value in one.facts.items()),
            ]
            for one in found
        ],
        empty="No entry of the audit matches.",
    )
