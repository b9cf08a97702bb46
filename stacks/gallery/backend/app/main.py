"""What the server runs: `uvicorn app.main:app`."""

import sys

from fastapi import FastAPI
from pydantic import ValidationError

from app import logs
from app.application import create_app
from app.settings import get_settings


def from_environment() -> FastAPI:
    """Settings that are wrong are one line each, not a traceback; their values are not shown."""
    try:
        settings = get_settings()
    except ValidationError as error:
        for problem in error.errors():
            where = ".".join(str(part) for part in problem["loc"]).upper() or "settings"
            print(f"{where}: {problem['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        sys.exit(1)
    logs.configure(settings)
    return create_app(settings)


app = from_environment()
