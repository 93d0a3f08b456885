"""Who sees and changes a watch list, in words."""

from __future__ import annotations

from service.actions.list_access import EVERYBODY, ShownAccess
from service.web.state_words import state_words
from storage.language import _, listed


def whom_words(name: str) -> str:
    """Return a user's name, or the words for everybody with a role."""
    if name.startswith(EVERYBODY):
        return _("everybody with the role {role}", role=state_words(name.removeprefix(EVERYBODY)))
    return name


def access_words(access: ShownAccess) -> str:
    """Return on one line who sees a list and who changes it."""
    editors = listed([whom_words(name) for name in access.editors])
    if not access.private and not access.editors:
        words = _("The team’s: everybody sees it, editors change it")
    elif not access.private:
        words = _("The team’s: everybody sees it, {names} change it", names=editors)
    elif access.editors or access.readers:
        names = listed([whom_words(name) for name in (*access.editors, *access.readers)])
        words = _("Private: seen by its owner and {names}", names=names)
    else:
        words = _("Private: seen by its owner alone")
    if access.owner is None:
        return words
    owner = _("owner: {name}", name=access.owner)
    return f"{words} · {owner}"
