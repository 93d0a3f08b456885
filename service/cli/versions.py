"""What an article's outlet changed in it since it was read first, for people and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.cli.common import iso, say, shown
from storage.diff import Change, diff_paragraphs
from storage.stores.articles.versions import StoredVersion, edits_among

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def say_changes(versions: Sequence[StoredVersion]) -> None:
    """Print each later version: when it was seen, and which paragraphs changed; nothing where there is one version only."""
    for before, after, changes in _edits(versions):
        say(f"  Version {after.number}, seen {shown(after.seen_at)} UTC:")
        if before.title != after.title:
            say(f"    title: {before.title}\n       now: {after.title}")
        for change in changes:
            sign = _SIGNS[change.kind]
            say(f"    {sign} {change.before or change.after}")
            if change.kind == "changed":
                say(f"      now: {change.after}")


def changes_as_dicts(versions: Sequence[StoredVersion]) -> list[dict[str, object]]:
    """Return the same as JSON-ready values."""
    return [
        {
            "version": after.number,
            "seen_at": iso(after.seen_at),
            "title_before": before.title if before.title != after.title else None,
            "title": after.title,
            "changes": [
                {"kind": change.kind, "place": change.place, "before": change.before, "after": change.after}
                for change in changes
            ],
        }
        for before, after, changes in _edits(versions)
    ]


def _edits(
    versions: Sequence[StoredVersion],
) -> Iterator[tuple[StoredVersion, StoredVersion, tuple[Change, ...]]]:
    for before, after in edits_among(versions):
        yield before, after, diff_paragraphs(before.text, after.text)
