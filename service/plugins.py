"""What is installed of each kind of plugin, from which package and version, and what of it does not load.

How plugins are found is in `storage.entry_points`; what each kind must be, with its base: see `KINDS`. For those who write one:
docs/plugins.md.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import structlog

from storage.entry_points import FailedPlugin, Installed, Plugin

log = structlog.get_logger(__name__)

Kind = Literal["channel", "enricher", "extractor", "operator", "source"]


@dataclass(frozen=True, slots=True)
class PluginFacts:
    """One plugin, for people. `failure` says why it can't be used; the others work without it."""

    kind: Kind
    name: str
    package: str
    version: str
    doc: str
    failure: str | None = None


def _channels() -> Installed:
    from alerts.delivery.channels import installed_channels

    return installed_channels()


def _enrichers() -> Installed:
    from alerts.enrich.base import installed_enrichers

    return installed_enrichers()


def _operators() -> Installed:
    from alerts.query.operators.registry import installed_operators

    return installed_operators()


def _extractors() -> Installed:
    from crawler.extract.base import installed_extractors

    return installed_extractors()


def _sources() -> Installed:
    from crawler.sources.base import installed_sources

    return installed_sources()


KINDS: dict[Kind, Callable[[], Installed]] = {
    "channel": _channels,
    "enricher": _enrichers,
    "extractor": _extractors,
    "operator": _operators,
    "source": _sources,
}
"""By kind, what loads its plugins. Each import waits until somebody asks."""


def installed_plugins(kinds: Iterable[Kind] = tuple(KINDS)) -> tuple[PluginFacts, ...]:
    """Return what is installed: of each kind ours first, then by package, and last what does not load."""
    found: list[PluginFacts] = []
    for kind in kinds:
        every = KINDS[kind]()
        found += [_facts(kind, plugin) for plugin in every.plugins]
        found += [_failed(kind, plugin) for plugin in every.failed]
    return tuple(found)


def log_failed_plugins() -> None:
    """Warn in the log of each plugin that does not load; of extractors, `crawler.preload_pages` does, where they are loaded."""
    for plugin in installed_plugins(kind for kind in KINDS if kind != "extractor"):
        if plugin.failure is not None:
            log.warning(
                "plugin does not load; working without it",
                kind=plugin.kind,
                plugin=plugin.name,
                package=f"{plugin.package} {plugin.version}",
                error=plugin.failure,
            )


def _facts(kind: Kind, plugin: Plugin) -> PluginFacts:
    return PluginFacts(kind, plugin.name, plugin.package, plugin.version, _doc_line(plugin.value))


def _failed(kind: Kind, plugin: FailedPlugin) -> PluginFacts:
    return PluginFacts(kind, plugin.name, plugin.package, plugin.version, "", plugin.error)


def _doc_line(value: object) -> str:
    """Return what a plugin says of itself: its `doc`, else the first line of its docstring."""
    doc = getattr(value, "doc", None)
    text = doc if isinstance(doc, str) and doc else inspect.getdoc(value) or ""
    return text.strip().partition("\n")[0]
