"""What a correction changes: an edition held against the revision that was sent before. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.delivery.payload import EditionChanged
from storage.stores.reviews.editions import StoredItem

TEXTS = ("excerpt", "note", "url")


def changed(before: Sequence[StoredItem], after: Sequence[StoredItem]) -> tuple[EditionChanged, ...]:
    """Return what is other in the items as they stand, those that readers see: in their order, then what was removed."""
    known = {item.id: item for item in before}
    found = []
    for item in after:
        old = known.pop(item.corrects_id or 0, None)
        if old is None:
            found.append(EditionChanged(kind="added", headline=item.headline, outlet=item.outlet))
        elif old.headline != item.headline:
            found.append(
                EditionChanged(
                    kind="headline", headline=item.headline, outlet=item.outlet, before=old.headline
                )
            )
        elif any(getattr(old, name) != getattr(item, name) for name in TEXTS):
            found.append(EditionChanged(kind="text", headline=item.headline, outlet=item.outlet))
    removed = (
        EditionChanged(kind="removed", headline=item.headline, outlet=item.outlet) for item in known.values()
    )
    return (*found, *removed)
