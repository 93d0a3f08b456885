"""`tocsin alerts`."""

from __future__ import annotations

from typing import Annotated

import typer

from alerts.text import sentence_around
from service.cli.common import (
    DEFAULT_SETTINGS,
    JsonOption,
    SettingsOption,
    complain,
    iso,
    open_database,
    print_json,
    print_table,
    say,
    shown,
)
from service.cli.versions import changes_as_dicts, say_changes
from storage.queries.alerts import FoundAlert, alert_by_id, newest_alerts
from storage.queries.articles import versions_of

app = typer.Typer(help="Alerts.", no_args_is_help=True)


@app.command("list")
def list_alerts(
    watch: Annotated[str | None, typer.Option(help="Only this watch list.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    settings: SettingsOption = DEFAULT_SETTINGS,
    as_json: JsonOption = False,
) -> None:
    """List alerts, newest first.

    Example: tocsin alerts list --watch "Morocco's diplomacy" --limit 50
    """
    with open_database(settings) as (_loaded, database), database.read() as session:
        found = newest_alerts(session, limit=limit, watch_list=watch)
    if as_json:
        print_json([_as_dict(alert) for alert in found])
        return
    print_table(
        ["Id", "Time (UTC)", "Watch list", "Outlet", "Title"],
        [
            [a.id, a.created_at, a.watch_list, _outlets(a), a.articles[0].title if a.articles else ""]
            for a in found
        ],
        empty="No alerts yet.",
    )


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
        versions = (
            {article.id: versions_of(session, article.id) for article in alert.articles} if alert else {}
        )
    if alert is None:
        complain(f"there is no alert {alert_id}: tocsin alerts list")
        raise typer.Exit(1)
    if as_json:
        found = _as_dict(alert)
        found["edits"] = {str(number): changes_as_dicts(known) for number, known in versions.items()}
        print_json(found)
        return
    say(f"Alert {alert.id} of {alert.watch_list}, {shown(alert.created_at)} UTC")
    for article in alert.articles:
        say(f"\n{article.title}\n{article.outlet}, {shown(article.published_at)}\n{article.url}")
        for mention in article.mentions:
            text = article.title if mention.field == "title" else article.text
            start, end = sentence_around(text, mention.start, mention.end)
            sentence = f"{text[start : mention.start]}«{mention.surface}»{text[mention.end : end]}"
            say(
                f"  {mention.name}: {sentence}\n    {mention.rule}, {mention.field} {mention.start}-{mention.end}"
            )
        say_changes(versions[article.id])


def _outlets(alert: FoundAlert) -> str:
    names = list(dict.fromkeys(article.outlet for article in alert.articles))
    return names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "") if names else ""


def _as_dict(alert: FoundAlert) -> dict[str, object]:
    return {
        "id": alert.id,
        "watch_list": alert.watch_list,
        "story": alert.story_id,
        "created_at": iso(alert.created_at),
        "articles": [
            {
                "id": article.id,
                "outlet": article.outlet,
                "url": article.url,
                "title": article.title,
                "text": article.text,
                "language": article.language,
                "published_at": iso(article.published_at),
                "text_source": article.text_source,
                "mentions": [
                    {
                        mention.kind: mention.name,
                        "field": mention.field,
                        "start": mention.start,
                        "end": mention.end,
                        "surface": mention.surface,
                        "rule": mention.rule,
                    }
                    for mention in article.mentions
                ],
            }
            for article in alert.articles
        ],
    }
