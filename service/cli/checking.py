"""`tocsin check`. It starts nothing, so it loads nothing of what the service is started with."""

from __future__ import annotations

from service.actions.checkup import check_up
from service.actions.database import looked_at
from service.actions.warnings import warnings_of
from service.channels import templates_folder
from service.cli.common import DEFAULT_SETTINGS, SettingsOption, complain, counted, read_settings, say
from service.settings.weak import weak_points


def check(settings: SettingsOption = DEFAULT_SETTINGS) -> None:
    """Check settings and database: every mistake is named, nothing is started or sent.

    Example: tocsin check --settings settings.toml

    A webhook's secret is "whsec_" and 24 random bytes in base64: echo whsec_$(openssl rand -base64 24)
    """
    loaded = read_settings(settings)
    for weak in weak_points(loaded, settings):
        complain(f"warning: {weak}")
    with looked_at(loaded.storage.address) as (database, revision), database.read() as session:
        found = check_up(session, loaded)
        for warning in warnings_of(session, [watch.value() for watch in loaded.watch]):
            complain(f"warning: {warning}")
    folder = templates_folder(loaded)
    from alerts.delivery.render import Renderer

    mistakes = Renderer(folder).mistakes() if folder else ()
    for warning in (*found.warnings, *mistakes):
        complain(f"warning: {warning}")
    say(
        f"{settings} is good: {counted(found.outlets, 'outlet')}, {counted(found.watch_lists, 'watch list')}, "
        f"{counted(found.channels, 'channel')}; database {revision}."
    )
