"""`tocsin alerts`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from alerts.text import sentence_around
from service.actions.dismissals import dismiss_all, restore_all
from service.actions.exports import alert_record
from service.actions.triage import ViewWanted, view_filter
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    open_database,
    print_json,
    print_table,
    say,
    shown,
)
from service.cli.versions import changes_as_dicts, say_changes
from service.clock import utc_now
from storage.stores.alerts.alert_details import FoundAlert, alert_by_id, newest_alerts
from storage.stores.alerts.alert_pages import AlertFilter, alert_page
from storage.stores.alerts.dismissals import precision
from storage.stores.alerts.triage import UNHANDLED, Handling, handling_of, notes_of
from storage.stores.articles.said import field_of
from storage.stores.articles.versions import versions_of
from storage.tables import DismissalKind

app = typer.Typer(help="Alerts.", no_args_is_help=True)


@app.command("list")
def list_alerts(
    watch: Annotated[str | None, typer.Option(help="Only this watch list.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    view: Annotated[str, typer.Option(help="What is left to do: mine, unassigned or today.")] = "",
    person: Annotated[str, typer.Option(help="A user's name: whose alerts --view mine lists.")] = "",
    zone: Annotated[str, typer.Option(help="The time zone of --view today.")] = "UTC",
    state: Annotated[str, typer.Option(help="new, seen, in-hand, done or dismissed.")] = "",
    assignee: Annotated[str, typer.Option(help="A user's name.")] = "",
    tag: Annotated[str, typer.Option(help="Only with this tag.")] = "",
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """List alerts, newest first.

    Example: tocsin alerts list --view mine --person leila --watch "Morocco's diplomacy" --limit 50
    """
    wanted = ViewWanted(view, person, zone, state, assignee, tag)
    with open_database(settings) as (_loaded, database), database.read() as session:
        triage = view_filter(session, wanted, now=utc_now())
        if triage is None:
            found = newest_alerts(session, limit=limit, watch_list=watch)
        else:
            fitting = AlertFilter(watch_list=watch, dismissed=None, triage=triage)
            ids = [alert.id for alert in alert_page(session, fitting, limit=limit)]
            found = [alert for number in ids if (alert := alert_by_id(session, number)) is not None]
        handling = handling_of(session, [alert.id for alert in found])
    if as_json:
        records = [(alert_record(alert), handling.get(alert.id, UNHANDLED)) for alert in found]
        print_json([{**record, "triage": asdict(state)} for record, state in records])
        return
    print_table(
        ["Id", "Time (UTC)", "State", "Watch list", "Outlet", "Title"],
        [
            [
                a.id,
                a.created_at,
                _state(handling.get(a.id, UNHANDLED)),
                a.watch_list,
                _outlets(a),
                a.articles[0].title if a.articles else "",
            ]
            for a in found
        ],
        empty="No alerts yet.",
    )


def _state(handling: Handling) -> str:
    """Return how far the team is with an alert, and who has it."""
    return f"{handling.state}: {handling.assignee}" if handling.assignee else handling.state


@app.command("show")
def show(
    alert_id: Annotated[int, typer.Argument(help="The alert's number.")],
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Show an alert with its articles, every mention in its sentence, why it matched, and what their outlets changed since.

    Example: tocsin alerts show 7
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        alert = alert_by_id(session, alert_id)
        versions = versions_of(session, [article.id for article in alert.articles] if alert else [])
        handling = handling_of(session, [alert_id]).get(alert_id, UNHANDLED)
        notes = notes_of(session, alert_id)
    if alert is None:
        complain(f"there is no alert {alert_id}: tocsin alerts list")
        raise typer.Exit(1)
    if as_json:
        found = alert_record(alert)
        found["edits"] = {str(number): changes_as_dicts(known) for number, known in versions.items()}
        found["triage"] = {**asdict(handling), "notes": [asdict(note) for note in notes]}
        print_json(found)
        return
    say(f"Alert {alert.id} of {alert.watch_list}, {shown(alert.created_at)} UTC: {handling.state}")
    if handling.assignee or handling.due_at or handling.tags:
        due = f", due {shown(handling.due_at)} UTC" if handling.due_at else ""
        tags = f", tags: {', '.join(handling.tags)}" if handling.tags else ""
        say(f"Assigned to {handling.assignee or 'nobody'}{due}{tags}")
    for note in notes:
        say(f"{shown(note.at)} UTC, {note.by or 'unknown'}: {note.text}")
    for article in alert.articles:
        say(f"\n{article.title}\n{article.outlet}, {shown(article.published_at)}\n{article.url}")
        for mention in article.mentions:
            text = field_of(article, mention.field)
            start, end = sentence_around(text, mention.start, mention.end)
            sentence = f"{text[start : mention.start]}«{mention.surface}»{text[mention.end : end]}"
            say(
                f"  {mention.name}: {sentence}\n    {mention.rule}, {mention.field} {mention.start}-{mention.end}"
            )
        say_changes(versions[article.id])


@app.command("dismiss")
def dismiss_alert(
    alert_ids: Annotated[list[int], typer.Argument(help="The alerts' numbers.")],
    kind: Annotated[
        DismissalKind, typer.Option("--because", help="What is wrong with it.")
    ] = DismissalKind.UNSAID,
    reason: Annotated[str, typer.Option(help="The same in your words.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take it back.")] = False,
    settings: SettingsOption = DEFAULT_SETTINGS,
) -> None:
    """Say that alerts are not relevant. It counts for their aliases and outlets: tocsin alerts precision.

    Once there are enough of one kind, tocsin watch proposals says how to change the list.

    Example: tocsin alerts dismiss 7 9 --because another --reason "the footballer"
    """
    with open_database(settings) as (_loaded, database), database.write() as session:
        if undo:
            restore_all(session, alert_ids, via="command", now=utc_now())
        else:
            dismiss_all(session, alert_ids, via="command", kind=kind, reason=reason, now=utc_now())
    for number in alert_ids:
        say(f"Alert {number} {'counts as relevant again' if undo else 'is dismissed'}.")


@app.command("precision")
def show_precision(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """Show where precision is bad: the rules and outlets whose alerts were dismissed, the worst first.

    Example: tocsin alerts precision
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = precision(session, limit=limit)
    if as_json:
        print_json([{**asdict(item), "share": round(item.share, 3)} for item in found])
        return
    print_table(
        ["Watch list", "What", "Rule", "Alerts", "Dismissed", "Share"],
        [
            [p.watch_list, f"{p.kind} {p.name}", p.rule, p.alerts, p.dismissed, f"{p.share:.0%}"]
            for p in found
        ],
        empty="No alert was dismissed.",
    )


def _outlets(alert: FoundAlert) -> str:
    names = list(dict.fromkeys(article.outlet for article in alert.articles))
    return names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "") if names else ""
