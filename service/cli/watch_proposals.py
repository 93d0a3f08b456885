"""`tocsin watch proposals`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from service.actions.proposals import apply_proposal, in_words, proposals
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    open_database,
    print_json,
    print_table,
    say,
)
from service.clock import utc_now


def register(app: typer.Typer) -> None:
    """Add the command to `tocsin watch`."""
    app.command("proposals")(show_proposals)


def show_proposals(
    watch: Annotated[str, typer.Argument(help="The watch list.")],
    apply: Annotated[int | None, typer.Option(min=1, help="Make the change of this number.")] = None,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Propose changes of a watch list that its dismissed alerts suggest, with the effect of each. Nothing is changed unasked.

    Example: tocsin watch proposals "Morocco and the United States" --apply 1
    """
    with open_database(settings) as (_loaded, database):
        with database.read() as session:
            found = proposals(session, watch)
        if apply is not None:
            if apply > len(found):
                complain(f"there is no proposal {apply}: {watch!r} has {len(found)}")
                raise typer.Exit(2)
            chosen = found[apply - 1]
            with database.write() as session:
                apply_proposal(
                    session, watch, chosen.kind, actor=chosen.actor, terms=chosen.terms, now=utc_now()
                )
            say(f"Done: {in_words(chosen)}.")
            return
    if as_json:
        print_json([{**asdict(each), "change": in_words(each)} for each in found])
        return
    rows = [
        (number, in_words(each), f"{each.gone} of {each.dismissed}", f"{each.lost} of {each.kept}")
        for number, each in enumerate(found, 1)
    ]
    print_table(
        ("No.", "Change", "Dismissed that go", "Kept that are lost"), rows, empty="Nothing to propose."
    )
