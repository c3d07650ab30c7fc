"""The web app of one service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from sqlalchemy import text
from starlette.responses import Response

from shared.web import house_routes
from shared.web.door import Replayed, json_response
from shared.web.intake import Intake
from shared.web.problem import install

if TYPE_CHECKING:
    from shared.service import Running


def make_app(running: Running) -> FastAPI:
    """Routes of the service, every failure as a problem, health."""
    app = FastAPI(
        title=f"Cartwright {running.service.name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # It would send people to whatever host their request named.
        redirect_slashes=False,
    )
    app.state.running = running
    for router in (*running.service.routers, house_routes.router):
        app.include_router(router)
    install(app)

    async def replayed(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Replayed)
        return error.response

    app.add_exception_handler(Replayed, replayed)
    app.add_api_route("/healthz", healthz, methods=["GET"], include_in_schema=False)
    app.add_api_route("/readyz", readyz, methods=["GET"], include_in_schema=False)
    app.add_middleware(Intake, proxies=running.environment.proxies)
    return app


async def healthz() -> Response:
    """200 while the process lives."""
    return json_response({"status": "ok"})


def readyz(request: Request) -> Response:
    """200 when the service's database answers; the broker alone never makes it unready."""
    running: Running = request.app.state.running
    try:
        with running.db.read() as tx:
            row = tx.execute(_BROKER).one_or_none()
    except Exception:
        return json_response({"services": {running.service.name: "down"}, "broker": "down"}, 503)
    return json_response({"services": {running.service.name: "ok"}, "broker": "ok" if row is not None and row.broker_up else "down"})


_BROKER = text("SELECT broker_up FROM relay WHERE id = 1")
