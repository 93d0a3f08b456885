"""Who may see and change a watch list: shown, set by its owner, and taken over by an admin.

`storage.viewers` has the rule, `storage.stores.watch.access` what comes of it in every query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from service.actions.acting import act
from service.actions.errors import InvalidError, NotAllowedError, NotFoundError, UnknownNameError
from service.actions.lookup import find_list, refuse_declared
from storage.language import _
from storage.stores.outbox.subscribed import drop_unseen
from storage.stores.people.users import KnownUser, all_users, user_called
from storage.stores.watch.access import PrivateList, access_of, private_lists, put_access
from storage.stores.watch.watch_edits import record
from storage.suggest import did_you_mean
from storage.tables import ChangeKind, Role
from storage.viewers import ListAccess, Share, Viewer, looking_as, may_share, viewer

EVERYBODY = "role:"
"""Before the name of a role: everybody with it, or a higher one."""
MOST = 200
"""Users and roles that a list is shared with."""


class AccessSettings(BaseModel):
    """Who may see and change a list; what is left out stays.

    Users by name; `role:editor` is everybody with that role or a higher one.
    """

    model_config = ConfigDict(extra="forbid")
    private: bool | None = None
    owner: str | None = None
    """Empty: nobody's."""
    editors: list[str] | None = None
    readers: list[str] | None = None


@dataclass(frozen=True, slots=True)
class ShownAccess:
    """Who may see and change a list, by name, and whether who asks may say so."""

    watch_list: str
    private: bool
    owner: str | None
    editors: tuple[str, ...]
    readers: tuple[str, ...]
    may_share: bool


def access_shown(session: Session, which: str | int) -> ShownAccess:
    """Return who may see and change a list. Raise `NotFoundError`."""
    facts = find_list(session, which)
    access = access_of(session, facts.id)
    names = {user.id: user.name for user in all_users(session)}

    def called(*, edits: bool) -> tuple[str, ...]:
        shares = [share for share in access.shares if share.edits is edits]
        return tuple(
            f"{EVERYBODY}{share.role.value}" if share.role is not None else names[share.user_id or 0]
            for share in shares
        )

    return ShownAccess(
        facts.name,
        access.private,
        None if access.owner_id is None else names[access.owner_id],
        called(edits=True),
        called(edits=False),
        may_share(access, viewer()) and not facts.provisioned,
    )


def people_to_choose(session: Session) -> list[str]:
    """Return whom a list can be shared with: the users by name, and everybody with a role."""
    return [user.name for user in all_users(session)] + [f"{EVERYBODY}{role.value}" for role in Role]


@act("watch list", "share", about="which", told=("wanted",))
def share(session: Session, which: str | int, wanted: AccessSettings, *, now: datetime) -> ShownAccess:
    """Say who may see and change a list; what is None stays. Raise `ActionError`.

    Its owner may, and of a list of the team's an admin.
    """
    facts = find_list(session, which)
    refuse_declared(facts)
    before = access_of(session, facts.id)
    who = viewer()
    if not may_share(before, who):
        raise NotAllowedError(
            _("Who sees and changes {name!r} is said by its owner: ask them, or an admin.", name=facts.name)
        )
    access = _wanted(session, before, wanted)
    if access.private and access.owner_id is None:
        raise InvalidError(_("A private list needs an owner: name a user."), key="owner")
    put_access(session, facts.id, access)
    drop_unseen(session)
    record(session, facts.id, ChangeKind.FACTS, now=now)
    with looking_as(None):  # who gave it away may not see it any more
        shown = access_shown(session, facts.id)
    return replace(shown, may_share=may_share(access, who))


def lists_to_take_over(session: Session) -> list[PrivateList]:
    """Return the private lists, for an admin: whose they are, and nothing of what is in them. Raise `NotAllowedError`."""
    _require_admin()
    return private_lists(session)


def take_over(session: Session, number: int) -> str:
    """Make a private list the acting admin's; who had it stays an editor. Return its name. Raise `ActionError`."""
    who = _require_admin()
    if who is None or who.user_id is None:
        raise NotAllowedError(
            _(
                "Only a user takes a list over: sign in, or use a token of yours. On the machine: tocsin watch share."
            )
        )
    found = next((each for each in private_lists(session) if each.id == number), None)
    if found is None:
        raise NotFoundError(_("There is no private list {number}.", number=number), key="number")
    return _take(session, number, owner=found.owner or "", new_owner=who.user_id)


@act("private list", "take over", about="number", told=("owner",))
def _take(session: Session, number: int, *, owner: str, new_owner: int) -> str:
    """Do it. `owner` is whose it was; the audit says so to every admin."""
    with looking_as(None):
        before = access_of(session, number)
        shares = [each for each in before.shares if each.user_id != new_owner]
        shares = _kept(shares, before.owner_id if before.owner_id != new_owner else None)
        put_access(session, number, ListAccess(new_owner, private=True, shares=tuple(shares)))
        drop_unseen(session)
        return find_list(session, number).name


def _require_admin() -> Viewer | None:
    who = viewer()
    if who is not None and not who.has(Role.ADMIN):
        raise NotAllowedError(_("Admins alone are told which private lists there are."))
    return who


def _wanted(session: Session, before: ListAccess, wanted: AccessSettings) -> ListAccess:
    """Return the access that is wanted, its names looked up. Who had the list stays an editor, where editors are not said."""
    owner = before.owner_id
    if wanted.owner is not None:
        owner = _user(session, wanted.owner, "owner").id if wanted.owner else None
    elif wanted.private and owner is None:
        who = viewer()
        owner = None if who is None else who.user_id
    editors = [each for each in before.shares if each.edits]
    readers = [each for each in before.shares if not each.edits]
    if wanted.editors is not None:
        editors = _shares(session, wanted.editors, "editors", edits=True)
    elif owner != before.owner_id and (before.private or editors):
        editors = _kept(editors, before.owner_id)
    if wanted.readers is not None:
        readers = _shares(session, wanted.readers, "readers", edits=False)
    readers = [each for each in readers if replace(each, edits=True) not in editors]
    shares = [each for each in (*editors, *readers) if owner is None or each.user_id != owner]
    if len(shares) > MOST:
        raise InvalidError(_("A list is shared with at most {most} users.", most=MOST), key="readers")
    private = before.private if wanted.private is None else wanted.private
    return ListAccess(owner, private, tuple(shares))


def _kept(shares: Sequence[Share], user_id: int | None) -> list[Share]:
    """Return the shares with this user among the editors."""
    if user_id is None:
        return list(shares)
    return [each for each in shares if each.user_id != user_id] + [Share(user_id=user_id, edits=True)]


def _shares(session: Session, names: Sequence[str], key: str, *, edits: bool) -> list[Share]:
    found = []
    for name in dict.fromkeys(names):
        if name.startswith(EVERYBODY) and name.removeprefix(EVERYBODY) in list(Role):
            found.append(Share(role=Role(name.removeprefix(EVERYBODY)), edits=edits))
        else:
            found.append(Share(user_id=_user(session, name, key).id, edits=edits))
    return found


def _user(session: Session, name: str, key: str) -> KnownUser:
    user = user_called(session, name)
    if user is None:
        hint = did_you_mean(name, [each.name for each in all_users(session)])
        raise UnknownNameError(_("There is no user {name!r}{hint}", name=name, hint=hint), key=key)
    return user
