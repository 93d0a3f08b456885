"""Who looks, and which watch lists they may see and change: the rule, and what is said of who asks in this task or thread.

Nobody said means the machine's own work: stages, the command line. It sees all. A request says who asks before it reads anything
(`service.web.access`); until then it sees nothing. The stores leave out what the rule hides (`storage.stores.watch.access`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from storage.tables.users import Role

_RANKS = {Role.READER: 1, Role.EDITOR: 2, Role.ADMIN: 3}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: a user by number, or a token that is nobody's; and the role, None of who is not known."""

    user_id: int | None = None
    role: Role | None = None

    def has(self, role: Role) -> bool:
        """Return whether they have this role, or a higher one."""
        return self.role is not None and _RANKS[self.role] >= _RANKS[role]


NOBODY = Viewer()
"""Who has not said who they are."""
TEAM = Viewer(role=Role.READER)
"""Everybody who signs in: what is drawn up for all has what all may see."""


@dataclass(frozen=True, slots=True)
class Share:
    """One user, or everybody with a role, who may see a list, or also change it."""

    user_id: int | None = None
    role: Role | None = None
    edits: bool = False

    def fits(self, viewer: Viewer) -> bool:
        """Return whether it is this viewer's."""
        if self.role is not None:
            return viewer.has(self.role)
        return self.user_id is not None and viewer.role is not None and viewer.user_id == self.user_id


@dataclass(frozen=True, slots=True)
class ListAccess:
    """Whose a watch list is, and who else may see and change it. One that is not private is the team's."""

    owner_id: int | None = None
    private: bool = False
    shares: tuple[Share, ...] = ()


def may_see(access: ListAccess, viewer: Viewer | None) -> bool:
    """Return whether a list, and all that comes of it, is shown to a viewer; None is the machine. Pure.

    The team's is shown to everybody who is signed in; a private one to its owner, its editors and its readers, and to nobody else
    whatever their role.
    """
    if viewer is None:
        return True
    if not access.private:
        return viewer.role is not None
    return _owns(access, viewer) or any(share.fits(viewer) for share in access.shares)


def may_edit(access: ListAccess, viewer: Viewer | None) -> bool:
    """Return whether a viewer may change what a list tracks and whom it tells. Pure.

    The team's without named editors may be changed by everybody with the role editor; with some, by them, its owner and admins. A
    private one by its owner and its editors. Whoever has only the role reader changes nothing.
    """
    if viewer is None:
        return True
    if not viewer.has(Role.EDITOR):
        return False
    editors = [share for share in access.shares if share.edits]
    if _owns(access, viewer) or any(share.fits(viewer) for share in editors):
        return True
    return not access.private and (not editors or viewer.has(Role.ADMIN))


def may_share(access: ListAccess, viewer: Viewer | None) -> bool:
    """Return whether a viewer may say who sees and changes a list: its owner, and of the team's an admin. Pure."""
    if viewer is None:
        return True
    return viewer.has(Role.EDITOR) and (
        _owns(access, viewer) or (not access.private and viewer.has(Role.ADMIN))
    )


def _owns(access: ListAccess, viewer: Viewer) -> bool:
    return access.owner_id is not None and viewer.role is not None and access.owner_id == viewer.user_id


_VIEWER: ContextVar[Viewer | None] = ContextVar("viewer", default=None)


def viewer() -> Viewer | None:
    """Return who asks in this task or thread; None: the machine."""
    return _VIEWER.get()


def look_as(who: Viewer | None) -> None:
    """Say who asks from here on, in this task or thread."""
    _VIEWER.set(who)


@contextmanager
def looking_as(who: Viewer | None) -> Iterator[None]:
    """Say who asks while the context is open. None is the machine: for what must know all lists to keep the books right."""
    token = _VIEWER.set(who)
    try:
        yield
    finally:
        _VIEWER.reset(token)
