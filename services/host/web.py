"""Web processes: a service's own app, or the gateway with the services that are in the same process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

import uvicorn
from anyio import to_thread

from services.gateway.app import make_gateway
from services.gateway.neighbours import Neighbours
from services.host.connections import GuardedProtocol
from services.host.simulators.house import hand_of, make_simulator, simulated
from shared.service import Running
from shared.settings import SERVICES, Environment
from shared.web.app import make_app
from shared.web.intake import App, Receive, Scope, Send

THREADS: Final = 12
"""Threads that run routes in one web process; a service's pool of connections is as large, so no thread waits for one."""
GRACE_SECONDS: Final = 10


class WebProcess:
    """The apps of this process behind one port."""

    def __init__(self, environment: Environment, services: Mapping[str, Running], *, gateway: bool, secret: str) -> None:
        self.environment = environment
        self.services = services
        self.apps: dict[str, App] = {name: make_app(running) for name, running in services.items()}
        self._starting: list[Callable[[], Awaitable[None]]] = []
        self._stopping: list[Callable[[], Awaitable[None]]] = []
        if not gateway:
            self.app = next(iter(self.apps.values()))
            return
        urls = {name: url for name in SERVICES if name not in services and (url := environment.service_url(name)) is not None}
        self.neighbours = Neighbours(self.apps, urls, secret)
        self._stopping.append(self.neighbours.close)
        mounts: dict[str, App] = {}
        simulate = None
        if simulated(environment):
            simulator = make_simulator(environment, secret)
            mounts["/_stripe"] = simulator
            self._starting.append(simulator.start)
            self._stopping.append(simulator.stop)
            simulate = hand_of(simulator)
        self.app = make_gateway(
            self.neighbours, test_mode=environment.test_mode, proxies=environment.proxies, mounts=mounts, simulate=simulate
        )

    def serve(self, *, ready: Callable[[], None] | None = None) -> None:
        """Serves until a signal ends it. Raises OSError when the port is taken."""
        config = uvicorn.Config(
            self._with_lifespan(ready),
            http=GuardedProtocol,
            ws="none",
            host=self.environment.host,
            port=self.environment.port,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=GRACE_SECONDS,
            server_header=False,
            date_header=False,
        )
        # What strangers send wrongly is no fault of the shop's: at the level of warnings they could fill the log.
        logging.getLogger("uvicorn.error").setLevel("ERROR")
        uvicorn.Server(config).run()

    def _with_lifespan(self, ready: Callable[[], None] | None) -> App:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "lifespan":
                await self.app(scope, receive, send)
                return
            await receive()
            to_thread.current_default_thread_limiter().total_tokens = THREADS
            for start in self._starting:
                await start()
            await send({"type": "lifespan.startup.complete"})
            announcing = asyncio.create_task(self._announce(ready))
            await receive()
            announcing.cancel()
            for stop in self._stopping:
                with suppress(Exception):
                    await stop()
            await send({"type": "lifespan.shutdown.complete"})

        return app

    async def _announce(self, ready: Callable[[], None] | None) -> None:
        if ready is None:
            return
        # The port is bound right after the lifespan's start.
        while True:
            try:
                _, writer = await asyncio.open_connection(self.environment.host, self.environment.port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            ready()
            return
