"""The app: the only place where everything meets."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from pathlib import Path
from types import FrameType

import fastapi_offline
from anyio import to_thread
from fastapi import FastAPI, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp, Lifespan

from app import openapi
from app.db import reading_engine
from app.deps import answer, only
from app.direct import DirectRoutes
from app.errors import StoreError, install_error_handlers
from app.http import Edge
from app.metrics import Metrics
from app.releases import Releases
from app.resources import RESOURCES
from app.routers import ROUTERS
from app.routing import resource_router
from app.seed.load import open_store
from app.settings import Settings
from app.store import Store

ASSETS = Path(fastapi_offline.__file__).parent / "static"
METRICS_FOLDER = "ENDOATLAS_METRICS_FOLDER"
"""Environment variable in which `endoatlas serve` names its workers' common folder."""
COMPUTING = {"sqlite": 4, "postgresql": 20}
"""Threads that compute answers, or wait for the store. More of those that compute only make one another late: with 40,
four fifths as many annotations a second were measured, and 100 MB more."""
DRAIN = 1.0
"""Seconds between SIGTERM and the stop, in which clients are asked to close their connections."""


def create_app(settings: Settings, metrics_folder: Path | None = None) -> ASGIApp:
    """The service over a store; in `metrics_folder`, workers leave their counters for each other.

    Raises `StoreError` where the store is missing, empty or at another schema.
    """
    store = _store(settings)
    metrics = Metrics(metrics_folder)
    releases = Releases(store, metrics, settings.cache_bytes)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = COMPUTING[store.engine.dialect.name]
        releases.start()
        with _draining(releases):
            yield
        releases.stop()
        store.engine.dispose()

    api = _api(store, lifespan)
    api.state.releases, api.state.metrics = releases, metrics
    return Edge(api, DirectRoutes(store, RESOURCES), releases, metrics, settings.body_limit)


def service() -> ASGIApp:
    """The service as `endoatlas serve` has each of its workers make it."""
    return create_app(Settings(), Path(os.environ[METRICS_FOLDER]))


def openapi_text(settings: Settings) -> str:
    """The OpenAPI document of the service over a store."""
    store = _store(settings)
    api = _api(store)
    with store.read() as reading:
        text = openapi.text(openapi.build(api, openapi.example_documents(reading)))
    store.engine.dispose()
    return text


def _store(settings: Settings) -> Store:
    engine = reading_engine(settings.database_url, settings.busy_timeout)
    try:
        return open_store(engine)
    except StoreError:
        engine.dispose()
        raise


@contextmanager
def _draining(releases: Releases) -> Iterator[None]:
    """Between SIGTERM and the stop, let answers close connections: a request sent into a closed one would be lost."""
    stop = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(stop):
        yield
        return
    loop = asyncio.get_running_loop()

    def drain(number: int, frame: FrameType | None) -> None:
        releases.closing = True
        loop.call_soon_threadsafe(loop.call_later, DRAIN, stop, number, frame)

    signal.signal(signal.SIGTERM, drain)
    yield
    signal.signal(signal.SIGTERM, stop)


def _api(store: Store, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    app = FastAPI(
        title="EndoAtlas",
        version=version("endoatlas"),
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.store = store
    install_error_handlers(app)
    for router in (*ROUTERS, *map(resource_router, RESOURCES)):
        app.include_router(router)
    _add_documentation(app, store)
    return app


def _add_documentation(app: FastAPI, store: Store) -> None:
    app.mount("/docs/assets", StaticFiles(directory=ASSETS))
    written: dict[str, str] = {}

    @app.get("/openapi.json", include_in_schema=False, dependencies=[only()])
    def openapi_document() -> Response:
        with store.read() as reading:
            if reading.release_id not in written:
                document = openapi.build(app, openapi.example_documents(reading))
                written.clear()
                written[reading.release_id] = openapi.text(document)
            return answer(written[reading.release_id], reading.release_id)

    @app.get("/docs", include_in_schema=False, dependencies=[only()])
    async def docs() -> Response:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="EndoAtlas",
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon.png",
        )
