"""The web application: every router, one line each, behind one guard."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp

from service.web import (
    documented,
    errors,
    feeds_out,
    files,
    health,
    installing,
    review_feeds,
    review_links,
    signin,
    signin_code,
    signin_elsewhere,
    unsubscribe,
)
from service.web.api.operations import router as api
from service.web.base_path import base_path
from service.web.languages import Languages
from service.web.onlookers import Onlookers
from service.web.pages import (
    alerts,
    audit,
    catalogue,
    channel_edit,
    channels,
    cited,
    deliveries,
    edition_archive,
    folders,
    missed,
    outlet_access,
    outlets,
    reports,
    review_edit,
    review_recipients,
    reviews,
    search,
    second_factor,
    sessions,
    silences,
    start,
    status,
    stories,
    subscriptions,
    surveys,
    trends,
    triage,
    watch,
    watch_edit,
    watch_try,
)
from service.web.pages import users as users_page
from service.web.site import Site

PAGES = (
    start,
    triage,
    alerts,
    stories,
    silences,
    watch,
    watch_edit,
    watch_try,
    search,
    missed,
    outlets,
    surveys,
    outlet_access,
    catalogue,
    cited,
    edition_archive,
    review_edit,
    reviews,
    review_recipients,
    folders,
    deliveries,
    channels,
    channel_edit,
    trends,
    reports,
    status,
    users_page,
    sessions,
    subscriptions,
    audit,
)
"""The modules of the pages; each has a router."""


def build_app(site: Site) -> ASGIApp:
    """Return the application over this site."""
    app = _bare(base_path(site.settings.web.public_url))
    app.state.site = site
    app.add_middleware(Onlookers)
    app.add_middleware(Languages, default=site.settings.service.language)
    if site.websub is not None:
        from service.web.websub import add_callback  # off by default

        add_callback(app, site.websub.callback)
    app.include_router(unsubscribe.build_router(site.database, clock=site.clock))
    app.include_router(review_links.build_router(site))
    app.include_router(review_feeds.build_router(site))
    app.include_router(
        feeds_out.build_router(
            site.database,
            clock=site.clock,
            public_url=site.settings.web.public_url,
            language=site.settings.service.language,
        )
    )
    _include_all(app)
    return app


def build_routes() -> FastAPI:
    """Return every route that the OpenAPI document is made of; `app.state.site` is what they work with."""
    app = _bare()
    _include_all(app)
    return app


def _bare(base: str = "") -> FastAPI:
    app = FastAPI(
        title="Tocsin",
        version="1",
        description="Everything that the page does. Send a token: `Authorization: Bearer tocsin_…` (tocsin token add).",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        servers=[{"url": base}] if base else None,
    )
    errors.register(app)
    return app


def _include_all(app: FastAPI) -> None:
    """Give an application the routes themselves: where a router is included, each of its routes is made anew (0.5 s of CPU).

    The API's are made ready by the first request that no route before them takes.
    """
    routers = [
        health.router,
        files.router,
        installing.router,
        signin.router,
        documented.router,
        signin_elsewhere.router,
        signin_code.router,
        second_factor.router,
        *(page.router for page in PAGES),
        api,
    ]
    for router in routers:
        app.router.routes.extend(router.routes)
