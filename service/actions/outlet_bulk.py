"""What is done with several outlets at once: all or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlmodel import Session

from service.actions.acting import act
from service.actions.errors import InvalidError
from service.actions.outlets import (
    OutletEdit,
    change_outlet,
    editable_outlet,
    pause,
    poll_now,
    remove,
    resume,
)
from storage.language import _

OutletAct = Literal["pause", "resume", "poll", "tag", "untag", "remove"]
MOST = 2_000
"""Outlets at a time."""


@act("outlet", "change", told=("act", "tag", "outlets"))
def act_on_outlets(
    session: Session,
    outlets: Sequence[str | int],
    act: str,
    *,
    tag: str = "",
    interval: timedelta,
    now: datetime,
) -> int:
    """Pause, resume, poll or remove outlets, or give them a tag or take it away; return how many. Raise `ActionError`."""
    if act not in get_args(OutletAct):
        raise InvalidError(_("{act!r} can't be done to outlets.", act=act), key="do")
    if not outlets:
        raise InvalidError(_("Select at least one outlet."), key="outlets")
    if len(outlets) > MOST:
        raise InvalidError(_("At most {most} outlets at a time.", most=MOST), key="outlets")
    if act in ("tag", "untag") and not tag.strip():
        raise InvalidError(_("Say which tag."), key="tag")
    for which in outlets:
        match act:
            case "pause":
                pause(session, which, now=now)
            case "resume":
                resume(session, which, now=now)
            case "poll":
                poll_now(session, which, now=now)
            case "remove":
                remove(session, which)
            case _:
                _tag(session, which, tag.strip(), add=act == "tag", interval=interval, now=now)
    return len(outlets)


def _tag(
    session: Session, which: str | int, tag: str, *, add: bool, interval: timedelta, now: datetime
) -> None:
    tags = editable_outlet(session, which).values.tags
    wanted = (*tags, tag) if add and tag not in tags else tuple(each for each in tags if add or each != tag)
    if wanted != tags:
        change_outlet(session, which, OutletEdit(tags=wanted), interval=interval, now=now)
