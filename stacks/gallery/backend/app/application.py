"""The application, put together from its settings."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.cors import CORSMiddleware

from app import errors
from app.access_log import AccessLog
from app.body_limit import BodyLimit
from app.clients import TrustedProxy
from app.db import make_engine, make_session_factory
from app.routes import albums, auth, bot, comments, health, media, photos
from app.settings import Settings
from app.storage import Storage
from app.worker import Workers

log = logging.getLogger("gallery")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Start the workers; on SIGTERM let them finish and close the pool."""
    app.state.storage.prepare()
    workers = Workers(app.state.engine, app.state.settings, app.state.storage)
    workers.start()
    log.info("the gallery is ready (%d workers)", len(workers.threads))
    yield
    await run_in_threadpool(workers.stop)
    app.state.engine.dispose()
    log.info("the gallery has stopped")


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(
        title="Max Photo Gallery",
        version="1.0.0",
        lifespan=lifespan,
        docs_url="/api/docs" if settings.debug else None,
        redoc_url=None,
        openapi_url="/api/openapi.json" if settings.debug else None,
    )
    app.state.settings = settings
    app.state.engine = make_engine(settings)
    app.state.sessions = make_session_factory(app.state.engine)
    app.state.storage = Storage(settings.upload_dir)
    app.state.trusted_proxy = TrustedProxy(settings.trusted_proxy)
    errors.install(app)
    for module in (health, auth, albums, photos, comments, media, bot):
        app.include_router(module.router)
    app.add_middleware(BodyLimit, upload_limit=settings.max_request_bytes)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After"],
            max_age=600,
        )
    app.add_middleware(AccessLog)
    return app
