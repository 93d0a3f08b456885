"""Acts on a press review that is drawn from a private list are shown to who sees the list, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from alerts.review.values import Rights, RightsTable
from service.actions import (
    corrections,
    edition_pictures,
    editions,
    review_drafts,
    review_recipients,
    reviews,
    searches,
)
from service.actions.acting import Person, acting_as, mark_of
from service.actions.errors import InvalidError
from service.actions.list_access import AccessSettings, share
from storage.engine import Database
from storage.stores.people.acts import ActFilter, acts_done
from storage.stores.people.users import put_user
from storage.stores.reviews.editions import NewEdition, NewItem, mark_sent
from storage.stores.reviews.pictures import NewPicture
from storage.stores.reviews.reviews import review_named
from storage.tables import Role
from storage.viewers import Viewer, looking_as
from tests.archive import add_article, watch
from tests.databases import on_both

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = timedelta(hours=1)
SECRET = "Zqdossier"
OF_REVIEWS = (reviews, review_recipients, editions, edition_pictures, corrections, review_drafts)
PICTURE = NewPicture("https://gazette.example/1.jpg")
ITEMS = (NewItem("0", "Gazette", "A", picture=PICTURE), NewItem("0", "Gazette", "B"))
NEW = NewEdition(1, "Zqtitle", NOW, NOW, NOW, ("One",), (), ITEMS)


def numbered(session: Session) -> int:
    review = review_named(session, "Zqreview")
    assert review is not None
    return review.id


def sent(session: Session) -> int:
    """Have the first edition sent; return its number."""
    listed = editions.edition_shown(session, 1).listed
    assert mark_sent(session, 1, approved_at=listed.approved_at, now=NOW, copies={})
    return 1


RIGHTS = RightsTable()
PICTURED = RightsTable(default=Rights(pictures=True))
ADDRESS = "ed@desk.example"
STEPS: tuple[Callable[[Session], object], ...] = (
    lambda s: reviews.make_review(s, "Zqreview", {"sections": [{"title": "One", "watch": [SECRET]}]}, now=NOW),
    lambda s: reviews.change_review(s, "Zqreview", {"approve": True}, now=NOW),
    lambda s: reviews.copy_review(s, "Zqreview", "Zqother", now=NOW),
    lambda s: reviews.pause_review(s, "Zqreview", now=NOW),
    lambda s: reviews.resume_review(s, "Zqreview", now=NOW),
    lambda s: reviews.drop_review(s, "Zqother"),
    lambda s: review_recipients.add_recipients(s, "Zqreview", [ADDRESS], now=NOW),
    lambda s: review_recipients.change_recipient(s, 1, review_recipients.RecipientChange(name="Zqname")),
    lambda s: review_recipients.leave_review(s, numbered(s), ADDRESS, now=NOW),
    lambda s: review_recipients.leave_review(s, numbered(s), ADDRESS, now=NOW),
    lambda s: review_recipients.rejoin_review(s, numbered(s), ADDRESS),
    lambda s: review_recipients.try_recipient_again(s, 1),
    lambda s: review_recipients.remove_recipient(s, 1),
    lambda s: review_drafts.store_edition(s, NEW, now=NOW),
    lambda s: editions.edit_head(s, 1, version=1, title="Zqtitle, too"),
    lambda s: editions.edit_item(s, 1, editions.ItemWords("Z"), version=1, rights=RIGHTS, caller="leila"),
    lambda s: editions.move_item(s, 1, step="down"),
    lambda s: editions.add_by_address(s, 1, "https://gazette.example/1", section="0", rights=RIGHTS, now=NOW),
    lambda s: edition_pictures.remove_picture(s, 1),
    lambda s: edition_pictures.fetch_picture_again(s, 1, rights=PICTURED, now=NOW),
    lambda s: editions.add_by_hand(
        s, 1, editions.ByHand("Radio", "Heard"), section="0", rights=RIGHTS, caller="leila"
    ),
    lambda s: editions.remove_item(s, 1),
    lambda s: editions.restore_item(s, 1),
    lambda s: editions.approve_edition(s, 1, caller="leila", now=NOW),
    lambda s: editions.reopen_edition(s, 1),
    lambda s: editions.approve_edition(s, 1, caller="leila", now=NOW),
    lambda s: corrections.correct_edition(s, sent(s), now=NOW + LATER),
    lambda s: corrections.correct_edition(s, 1, now=NOW),
    lambda s: editions.drop_edition(s, 2),
    lambda s: reviews.drop_review(s, "Zqreview"),
)  # fmt: skip
"""Each is one act, in a transaction of its own."""


@on_both
def test_no_act_on_its_review_is_shown_to_another_admin(database: Database) -> None:
    with database.write() as session:
        owner, other = (put_user(session, name, Role.ADMIN, now=NOW) for name in ("leila", "omar"))
        watch(session, SECRET, actors=["Ferry"])
        share(session, SECRET, AccessSettings(private=True, owner="leila"), now=NOW)
        add_article(session, "Ferry", "The ferry left.", at=NOW, matched=True)
    for step in STEPS:
        with (
            acting_as(Person("leila", "page")),
            looking_as(Viewer(owner.id, Role.ADMIN)),
            database.write() as session,
        ):
            step(session)
    marks = {
        (mark.subject, mark.verb)
        for module in OF_REVIEWS
        for action in vars(module).values()
        if callable(action) and (mark := mark_of(action)) and mark.subject in ("review", "edition")
    }
    with database.read() as session, looking_as(Viewer(owner.id, Role.ADMIN)):
        seen = acts_done(session, ActFilter(), limit=100)
    with database.read() as session, looking_as(Viewer(other.id, Role.ADMIN)):
        assert acts_done(session, ActFilter(), limit=100) == []
    assert len(seen) == len(STEPS)
    assert {(act.subject, act.verb) for act in seen} == marks, "try the new action here too"


def test_no_search_for_everybody_names_it(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        owner, other = (put_user(session, name, Role.ADMIN, now=NOW) for name in ("leila", "omar"))
        watch(session, SECRET, actors=["Ferry"])
        share(session, SECRET, AccessSettings(private=True, owner="leila"), now=NOW)
        query = f'harbour @list:"{SECRET.lower()}"'
        with looking_as(Viewer(owner.id, Role.ADMIN)), pytest.raises(InvalidError, match="is private"):
            searches.save_search(session, "Mine", query, {}, caller="leila", now=NOW)
    with (
        sqlite_database.write() as session,
        looking_as(Viewer(other.id, Role.ADMIN)),
    ):  # who is not told that there is one
        assert searches.save_search(session, "His", query, {}, caller="omar", now=NOW).query == query
