"""The web application: whether the service lives, whether it works, and the schema of what it sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from alerts.delivery.payload import payload_schema
from service.web import feeds_out, unsubscribe
from storage.engine import Database


def utc_now() -> datetime:
    """The clock of what the links in mails do."""
    return datetime.now(UTC)


def build_app(
    database: Database, *, clock: Callable[[], datetime] = utc_now, public_url: str = ""
) -> FastAPI:
    """Gives the application over this database. `public_url` is where readers reach it."""
    app = FastAPI(title="Tocsin", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Says that the process lives."""
        return {"status": "ok"}

    @app.get("/readyz", responses={503: {"description": "The database can't be used."}})
    async def readyz(response: Response) -> dict[str, str]:
        """Says whether the database answers."""
        try:
            await database.reading(lambda session: session.execute(text("SELECT 1")))
        except SQLAlchemyError as error:
            response.status_code = 503
            return {"status": "database", "error": str(error).splitlines()[0]}
        return {"status": "ok"}

    @app.get("/api/v1/schemas/webhook")
    async def webhook_schema() -> dict[str, Any]:
        """Gives the JSON Schema of `data` in a webhook's body."""
        return payload_schema()

    app.include_router(unsubscribe.build_router(database, clock=clock))
    app.include_router(feeds_out.build_router(database, clock=clock, public_url=public_url))
    return app
