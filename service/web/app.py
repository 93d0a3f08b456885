"""The web application: whether the service lives, whether it works, and the schema of what it sends."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from alerts.delivery.payload import payload_schema
from crawler.websub.callback import Callback
from service.web.websub import add_callback
from storage.engine import Database


def build_app(database: Database, callback: Callback) -> FastAPI:
    """Gives the application over this database, with the callback that hubs push to."""
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

    add_callback(app, callback)
    return app
