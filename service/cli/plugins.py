"""`tocsin plugins`."""

from __future__ import annotations

from dataclasses import asdict

from service.cli.common import JsonOption, complain, print_json, print_table
from service.plugins import installed_plugins


def plugins(as_json: JsonOption = False) -> None:
    """List the installed channels, sources, extractors, query operators and enrichers, with their packages.

    Ours and others'. One that does not load is named with the reason; the service works without it.

    Example: tocsin plugins
    """
    found = installed_plugins()
    if as_json:
        print_json([asdict(plugin) for plugin in found])
        return
    print_table(
        ["Kind", "Name", "Package", "What it is"],
        [
            [plugin.kind, plugin.name, f"{plugin.package} {plugin.version}", plugin.failure or plugin.doc]
            for plugin in found
        ],
        empty="No plugins are installed, not even Tocsin's own: install Tocsin again.",
    )
    for plugin in found:
        if plugin.failure is not None:
            complain(
                f"warning: the {plugin.kind} {plugin.name!r} of {plugin.package} does not load: {plugin.failure}"
            )
