"""Who sees and changes which list: the rule as a table, sharing by each surface, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlmodel import Session

from service.actions import watch_lists
from service.actions.errors import ActionError, ConflictError, NotAllowedError, NotFoundError
from service.actions.list_access import (
    AccessSettings,
    ShownAccess,
    access_shown,
    lists_to_take_over,
    share,
    take_over,
)
from service.actions.users import invite, remove
from service.settings.watch_models import ListSettings
from storage.engine import Database
from storage.stores.people.users import user_called
from storage.stores.watch.watch_lists import facts_named
from storage.tables import Role
from storage.viewers import NOBODY, ListAccess, Share, Viewer, looking_as, may_edit, may_see, may_share
from tests.archive import watch
from tests.conftest import START
from tests.databases import on_sqlite
from tests.service.actions.surfaces import SURFACES, House, house_on
from tests.service.web.served import NAME

READER, EDITOR, ADMIN = (Viewer(number, role) for number, role in enumerate(Role, 1))
OWNER, FORMER = Viewer(7, Role.EDITOR), Viewer(7, Role.READER)
TEAM = ListAccess()
NAMED = ListAccess(7, shares=(Share(user_id=1), Share(user_id=2, edits=True)))
BY_ROLE = ListAccess(7, shares=(Share(role=Role.ADMIN, edits=True),))
PRIVATE = ListAccess(7, private=True)
SHARED = ListAccess(7, private=True, shares=(Share(user_id=1), Share(role=Role.ADMIN, edits=True)))


@pytest.mark.parametrize(
    ("access", "viewer", "rights"),
    [
        pytest.param(TEAM, None, "see edit share", id="machine, team's"),
        pytest.param(PRIVATE, None, "see edit share", id="machine, private"),
        pytest.param(TEAM, NOBODY, "", id="nobody, team's"),
        pytest.param(SHARED, NOBODY, "", id="nobody, private"),
        pytest.param(TEAM, READER, "see", id="reader"),
        pytest.param(TEAM, EDITOR, "see edit", id="editor"),
        pytest.param(TEAM, ADMIN, "see edit share", id="admin"),
        pytest.param(TEAM, Viewer(None, Role.EDITOR), "see edit", id="token of nobody"),
        pytest.param(NAMED, READER, "see", id="named reader of the team's"),
        pytest.param(NAMED, EDITOR, "see edit", id="named editor of the team's"),
        pytest.param(NAMED, Viewer(9, Role.EDITOR), "see", id="editor, others are named"),
        pytest.param(NAMED, ADMIN, "see edit share", id="admin, others are named"),
        pytest.param(NAMED, OWNER, "see edit share", id="owner of the team's"),
        pytest.param(NAMED, FORMER, "see", id="owner who is a reader by now"),
        pytest.param(BY_ROLE, EDITOR, "see", id="editor below a named role"),
        pytest.param(PRIVATE, OWNER, "see edit share", id="owner, private"),
        pytest.param(PRIVATE, FORMER, "see", id="owner who is a reader by now, private"),
        pytest.param(PRIVATE, ADMIN, "", id="admin, private"),
        pytest.param(PRIVATE, Viewer(None, Role.ADMIN), "", id="token of nobody, private"),
        pytest.param(ListAccess(None, private=True), Viewer(None, Role.ADMIN), "", id="nobody's, by nobody"),
        pytest.param(SHARED, READER, "see", id="named reader, private"),
        pytest.param(SHARED, EDITOR, "", id="another editor, private"),
        pytest.param(SHARED, ADMIN, "see edit", id="everybody with a role, private"),
    ],
)
def test_rule(access: ListAccess, viewer: Viewer | None, rights: str) -> None:
    judged = {"see": may_see, "edit": may_edit, "share": may_share}
    assert " ".join(name for name, judge in judged.items() if judge(access, viewer)) == rights


def people(session: Session) -> dict[str, Viewer]:
    """Add a user of each role, and another editor; return them as they look."""
    found = {}
    for name, role in (("rita", "reader"), ("ed", "editor"), ("eve", "editor"), ("ada", "admin")):
        invite(session, name, role, now=START)
        user = user_called(session, name)
        assert user is not None
        found[name] = Viewer(user.id, Role(role))
    return found


def refusal(session: Session, who: Viewer, name: str, wanted: AccessSettings) -> type[ActionError] | None:
    with looking_as(who):
        try:
            share(session, name, wanted, now=START)
        except ActionError as error:
            return type(error)
    return None


def test_a_list_goes_from_hand_to_hand(database: Database) -> None:
    with database.write() as session:
        who = people(session)
        with looking_as(who["ed"]):
            watch_lists.make_list(session, "Hers", ListSettings(), private=True, now=START)
            made = facts_named(session, "Hers")
        assert made is not None
        assert made.feed_mark
        for name in ("eve", "ada"):
            with looking_as(who[name]):
                assert facts_named(session, "Hers") is None
                with pytest.raises(ConflictError, match="is taken"):
                    watch_lists.make_list(session, "Hers", ListSettings(), now=START)
        assert refusal(session, who["ada"], "Hers", AccessSettings(private=False)) is NotFoundError
        assert refusal(session, who["ed"], "Hers", AccessSettings(readers=["rita"], editors=["eve"])) is None
        with looking_as(who["rita"]), pytest.raises(NotAllowedError):
            watch_lists.pause(session, "Hers", now=START)
        with looking_as(who["eve"]):
            watch_lists.pause(session, "Hers", now=START)
            with pytest.raises(NotAllowedError):
                share(session, "Hers", AccessSettings(private=False), now=START)
        shared = facts_named(session, "Hers")
        assert shared is not None
        assert refusal(session, who["ed"], "Hers", AccessSettings(readers=[])) is None
        left = facts_named(session, "Hers")
        assert left is not None
        assert (shared.feed_mark, left.feed_mark) == (made.feed_mark, left.feed_mark)
        assert left.feed_mark != shared.feed_mark  # who reads no more has no feed either
        with looking_as(who["ed"]), pytest.raises(NotAllowedError):
            lists_to_take_over(session)
        remove(session, "ed")
        with looking_as(who["ada"]):
            (orphan,) = lists_to_take_over(session)
            assert (orphan.owner, orphan.editors) == (None, 1)
            assert take_over(session, orphan.id) == "Hers"
            assert access_shown(session, "Hers").owner == "ada"


def test_a_copy_of_a_private_list_is_private_and_a_removed_one_stays_so(database: Database) -> None:
    with database.write() as session:
        who = people(session)
        with looking_as(who["ed"]):
            watch_lists.make_list(session, "Hers", ListSettings(), private=True, now=START)
            watch_lists.copy(session, "Hers", "Copied", now=START)
            watch_lists.remove(session, "Hers", now=START)
        with looking_as(who["eve"]):
            assert facts_named(session, "Copied") is None
            with pytest.raises(ConflictError, match="is taken"):
                watch_lists.make_list(session, "Hers", ListSettings(), now=START)
        with looking_as(who["ed"]):
            watch_lists.make_list(session, "Hers", ListSettings(), now=START)
            assert access_shown(session, "Hers").private


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        with running.served.service.database.write() as session:
            for name, role in (("leila", "editor"), ("hassan", "reader")):
                invite(session, name, role, now=START)
            for surface in SURFACES:
                watch(session, surface, actors=["Ferry"])
        yield running


def by_command(house: House, name: str, wanted: Mapping[str, Any]) -> bool:
    words = ["--private" if wanted["private"] else "--team", "--owner", wanted["owner"]]
    words += [word for each in wanted["editors"] or [""] for word in ("--editor", each)]
    words += [word for each in wanted["readers"] or [""] for word in ("--reader", each)]
    return house.command("watch", "share", name, *words).done


def by_api(house: House, name: str, wanted: Mapping[str, Any]) -> bool:
    number = shown(house, name)[1]
    return house.call("PUT", f"/watch-lists/{number}/access", wanted).done


def by_page(house: House, name: str, wanted: Mapping[str, Any]) -> bool:
    form = {"list": name, "owner": wanted["owner"], "edits": wanted["editors"], "reads": wanted["readers"]}
    return house.send("/watch/access", form | {"private": "1" if wanted["private"] else ""}).done


def shown(house: House, name: str) -> tuple[ShownAccess, int]:
    with house.served.service.database.read() as session:
        facts = facts_named(session, name)
        assert facts is not None
        return access_shown(session, name), facts.id


@on_sqlite
@pytest.mark.parametrize("surface", SURFACES)
def test_a_list_is_shared_by_each_surface(house: House, surface: str) -> None:
    ask = {"command line": by_command, "API": by_api, "page": by_page}[surface]
    wanted = {"private": False, "owner": "", "editors": ["leila"], "readers": ["hassan", "role:admin"]}
    assert ask(house, surface, wanted)
    access = shown(house, surface)[0]
    assert (access.private, access.owner) == (False, None)
    assert (access.editors, access.readers) == (("leila",), ("hassan", "role:admin"))
    assert not ask(house, surface, {**wanted, "editors": ["nobody of this name"]})
    if surface != "page":  # where who makes it private is the owner
        assert not ask(house, surface, {**wanted, "private": True})
    assert shown(house, surface)[0] == access
    assert ask(house, surface, {"private": True, "owner": NAME, "editors": [], "readers": []})
    access = shown(house, surface)[0]
    assert (access.private, access.owner, access.editors, access.readers) == (True, NAME, (), ())
