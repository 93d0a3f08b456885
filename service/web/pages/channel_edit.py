"""Channels made, changed, paused and removed. The form is made from the settings of the channel's kind."""

from __future__ import annotations

from collections.abc import Mapping

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
from service.web.site import site_of
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
    return await _form(request, caller, kind, {"name": "", **shown_texts(kind, {})})


@router.post("/channels/new")
async def make(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Make a channel."""
    site = site_of(request)
    kind = next((kind for kind in channel_kinds() if kind.type == form.text("type")), None)
    if kind is None:
        raise NotFoundError(_("There is no channel type {form!r}.", form=form.text("type")))
    texts = _texts(kind, form)
    try:
        await site.database.writing(
            make_channel,
            name=texts["name"],
            kind=kind.type,
            keys=typed_keys(kind.every_field, texts),
            asker=asker_of(site, caller),
            now=site.now(),
        )
    except ActionError as error:
        return await _form(request, caller, kind, texts, error=error)
    site.hints.wake()
    return RedirectResponse("/channels", 303)


@router.get("/channels/{number}")
async def edit(request: Request, caller: Editor, number: Number) -> Response:
    """A channel's settings, its secrets left out."""
    shown = await site_of(request).database.reading(channel_edited, which=number)
    texts = {"name": shown.name, **shown_texts(shown.kind, shown.keys)}
    return await _form(request, caller, shown.kind, texts, shown=shown)


@router.post("/channels/{number}")
async def change(request: Request, caller: Editor, form: EditorForm, number: Number) -> Response:
    """Change a channel's settings; a secret that is left empty stays."""
    site = site_of(request)
    shown = await site.database.reading(channel_edited, which=number)
    texts = _texts(shown.kind, form)
    try:
        await site.database.writing(
            change_channel,
            which=number,
            keys=typed_keys(shown.kind.every_field, texts),
            name=texts["name"],
            asker=asker_of(site, caller),
            now=site.now(),
        )
    except ActionError as error:
        return await _form(request, caller, shown.kind, texts, shown=shown, error=error)
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


async def _form(
    request: Request,
    caller: Caller,
    kind: ChannelKind,
    texts: Mapping[str, str],
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
        stored=frozenset(shown.keys if shown is not None else ()),
        fault=FormFault.of(error),
        others=await site.database.reading(others),
        folder=site.settings.crawler.access_files,
        server=f"{smtp.host}:{smtp.port}",
        settings_file=site.settings_file,
    )
