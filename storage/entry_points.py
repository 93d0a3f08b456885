"""What is installed for an entry point group: each plugin with its package, and what failed to load. One reader for all kinds.

On the ground floor because every floor has kinds of plugins (channels and operators in alerts, sources and extractors in the
crawler), in worker processes as well. What people are shown of them is `service.plugins`.
Source: the entry points specification of the Python Packaging User Guide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

OUR_PACKAGE = "tocsin"


@dataclass(frozen=True, slots=True)
class Plugin:
    """One that loaded: `name` is what settings say (`type = "email"`), `value` what the entry point leads to."""

    group: str
    name: str
    package: str
    version: str
    value: object


@dataclass(frozen=True, slots=True)
class FailedPlugin:
    """One that did not load, and why. The others work without it."""

    group: str
    name: str
    package: str
    version: str
    error: str


@dataclass(frozen=True, slots=True)
class Installed:
    """All of a group, ours first, then by package and name."""

    plugins: tuple[Plugin, ...]
    failed: tuple[FailedPlugin, ...]

    def by_name(self) -> dict[str, object]:
        """Return what each name leads to."""
        return {plugin.name: plugin.value for plugin in self.plugins}


@cache
def installed(group: str, check: Callable[[object], None]) -> Installed:
    """Load what is installed for `group`, once a process.

    `check` raises `TypeError` for what is not of the group's kind. A name that stands twice belongs to us, else to the package
    that comes first by name; the other is told as failed.
    """
    plugins: dict[str, Plugin] = {}
    failed: list[FailedPlugin] = []
    for point in sorted(entry_points(group=group), key=_order):
        package, version = _origin(point)
        try:
            if (taken := plugins.get(point.name)) is not None:
                raise TypeError(f"the name {point.name!r} is taken by {taken.package}")
            value = point.load()
            check(value)
        except Exception as error:  # noqa: BLE001  (a stranger's module may raise anything as it is imported)
            words = f"{type(error).__name__}: {error}"
            failed.append(FailedPlugin(group, point.name, package, version, words))
        else:
            plugins[point.name] = Plugin(group, point.name, package, version, value)
    return Installed(tuple(plugins.values()), tuple(failed))


@cache
def installed_one(group: str, name: str, check: Callable[[object], None]) -> object | None:
    """Load what `installed` has by this name, and nothing else; None where nothing of the name loads.

    A process that needs one kind of a group does not pay for what the others import.
    """
    for point in sorted(entry_points(group=group, name=name), key=_order):
        try:
            value = point.load()
            check(value)
        except Exception:  # noqa: BLE001, S112  (`installed` tells of it, in the service's own process)
            continue
        return value  # type: ignore[no-any-return]
    return None


def _origin(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist is not None else ("?", "?")


def _order(point: EntryPoint) -> tuple[bool, str, str]:
    package, _version = _origin(point)
    return package != OUR_PACKAGE, package, point.name
