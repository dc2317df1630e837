"""The app: the only place where everything meets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import fastapi_offline
from fastapi import FastAPI, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from app import openapi
from app.db import reading_engine
from app.deps import answer, only
from app.errors import StoreError, install_error_handlers
from app.http import Edge
from app.resources import RESOURCES
from app.routers import ROUTERS
from app.routing import resource_router
from app.seed.load import check_store
from app.settings import Settings
from app.store import Store

EXPOSED = ("ETag", "Knowledge-Release", "Link", "Content-Location", "Content-Disposition", "Retry-After", "Vary")
ASSETS = Path(fastapi_offline.__file__).parent / "static"


def create_app(settings: Settings) -> ASGIApp:
    """The service over a store. Raises `StoreError` where the store is missing, empty or at another schema."""
    edge = Edge(_api(settings), settings.body_limit)
    return CORSMiddleware(edge, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=EXPOSED)


def openapi_text(settings: Settings) -> str:
    """The OpenAPI document of the service over a store."""
    api = _api(settings)
    with api.state.store.read() as reading:
        text = openapi.text(openapi.build(api, openapi.example_documents(reading)))
    api.state.store.engine.dispose()
    return text


def _api(settings: Settings) -> FastAPI:
    engine = reading_engine(settings.database_url, settings.busy_timeout)
    try:
        check_store(engine)
    except StoreError:
        engine.dispose()
        raise
    store = Store(engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        engine.dispose()

    app = FastAPI(
        title="EndoAtlas",
        version=version("endoatlas"),
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.store = store
    install_error_handlers(app)
    for resource in RESOURCES:
        app.include_router(resource_router(resource))
    for router in ROUTERS:
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
