"""Channels made, changed, paused and removed. The form is made from the settings of the channel's kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.actions.channel_edits import (
    ShownChannel,
    change_channel,
    channel_edited,
    make_channel,
    pause_channel,
    remove_channel,
)
from service.actions.channel_kinds import ChannelKind, channel_kinds, shown_texts, typed_keys
from service.actions.errors import ActionError, NotFoundError
from service.settings.secrets import SUFFIX
from service.web.access import Caller, Editor, EditorForm, Form
from service.web.asking import asker_of
from service.web.form_faults import FormFault
from service.web.numbers import Number
from service.web.render import render
from service.web.sending import SendingForm, zone_names
from service.web.site import site_of
from service.web.zones import zone_of
from storage.language import _
from storage.stores.outbox.channels import list_of_channels

router = APIRouter(include_in_schema=False)


@router.get("/channels/new")
async def new(request: Request, caller: Editor, type: str = "") -> Response:
    """Ask for a new channel's kind, then for its settings."""
    kinds = channel_kinds()
    kind = next((kind for kind in kinds if kind.type == type), None)
    if kind is None:
        return render(request, "channel_kinds.html", caller, kinds=kinds)
    sending = SendingForm(zone=zone_of(request).key)
    return await _form(request, caller, kind, {"name": "", **shown_texts(kind, {})}, sending)


@router.post("/channels/new")
async def make(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Make a channel."""
    site = site_of(request)
    kind = next((kind for kind in channel_kinds() if kind.type == form.text("type")), None)
    if kind is None:
        raise NotFoundError(_("There is no channel type {form!r}.", form=form.text("type")))
    texts, sending = _texts(kind, form), SendingForm.typed(form)
    try:
        await site.database.writing(
            make_channel,
            name=texts["name"],
            kind=kind.type,
            keys=_keys(kind, texts, sending),
            asker=asker_of(site, caller),
            now=site.now(),
        )
    except ActionError as error:
        return await _form(request, caller, kind, texts, sending, error=error)
    site.hints.wake()
    return RedirectResponse("/channels", 303)


@router.get("/channels/{number}")
async def edit(request: Request, caller: Editor, number: Number) -> Response:
    """A channel's settings, its secrets left out."""
    shown = await site_of(request).database.reading(channel_edited, which=number)
    texts = {"name": shown.name, **shown_texts(shown.kind, shown.keys)}
    quiet, here = shown.keys.get("quiet"), zone_of(request).key
    sending = SendingForm.of(
        texts["send"], quiet if isinstance(quiet, list) else (), texts["zone"], here=here
    )
    return await _form(request, caller, shown.kind, texts, sending, shown=shown)


@router.post("/channels/{number}")
async def change(request: Request, caller: Editor, form: EditorForm, number: Number) -> Response:
    """Change a channel's settings; a secret that is left empty stays."""
    site = site_of(request)
    shown = await site.database.reading(channel_edited, which=number)
    texts, sending = _texts(shown.kind, form), SendingForm.typed(form)
    try:
        await site.database.writing(
            change_channel,
            which=number,
            keys=_keys(shown.kind, texts, sending),
            name=texts["name"],
            asker=asker_of(site, caller),
            now=site.now(),
        )
    except ActionError as error:
        return await _form(request, caller, shown.kind, texts, sending, shown=shown, error=error)
    site.hints.wake()
    return RedirectResponse("/channels", 303)


@router.post("/channels/{number}/pause")
async def pause(request: Request, _form: EditorForm, number: Number) -> Response:
    """Send nothing on a channel until it is resumed."""
    await site_of(request).database.writing(pause_channel, which=number)
    return RedirectResponse("/channels", 303)


@router.post("/channels/{number}/remove")
async def remove(request: Request, _form: EditorForm, number: Number) -> Response:
    """Remove a channel."""
    site = site_of(request)
    await site.database.writing(remove_channel, which=number, now=site.now())
    return RedirectResponse("/channels", 303)


def _texts(kind: ChannelKind, form: Form) -> dict[str, str]:
    texts = {"name": form.text("name")}
    for field in kind.every_field:
        texts[field.key] = form.text(field.key)
        if field.takes_file:
            texts[field.key + SUFFIX] = form.text(field.key + SUFFIX)
    return texts


def _keys(kind: ChannelKind, texts: Mapping[str, str], sending: SendingForm) -> dict[str, Any]:
    """Return what was typed. Raise `InvalidError`."""
    keys = typed_keys(kind.every_field, texts)
    told = {
        "send": sending.send_text or None,
        "quiet": sending.quiet_texts or None,
        "zone": sending.zone or None,
    }
    return keys | {key: value for key, value in told.items() if key in keys}


async def _form(
    request: Request,
    caller: Caller,
    kind: ChannelKind,
    texts: Mapping[str, str],
    sending: SendingForm,
    *,
    shown: ShownChannel | None = None,
    error: ActionError | None = None,
) -> Response:
    site = site_of(request)

    def others(session: Session) -> list[str]:
        return [each.name for each in list_of_channels(session) if shown is None or each.id != shown.id]

    smtp = site.settings.smtp
    return render(
        request,
        "channel_form.html",
        caller,
        status=200 if error is None else 422,
        kind=kind,
        shown=shown,
        texts=texts,
        sending=sending,
        zones=zone_names(),
        stored=frozenset(shown.keys if shown is not None else ()),
        fault=FormFault.of(error),
        others=await site.database.reading(others),
        folder=site.settings.crawler.access_files,
        server=f"{smtp.host}:{smtp.port}",
        settings_file=site.settings_file,
    )
