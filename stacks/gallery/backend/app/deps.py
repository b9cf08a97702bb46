"""What handlers ask for."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from app.db import Db
from app.errors import Refused
from app.models import User
from app.sessions import signed_in
from app.settings import Settings
from app.storage import Storage


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _storage(request: Request) -> Storage:
    storage: Storage = request.app.state.storage
    return storage


Config = Annotated[Settings, Depends(_settings)]
Files = Annotated[Storage, Depends(_storage)]


@dataclass(frozen=True)
class Me:
    user: User
    session_id: UUID

    @property
    def id(self) -> UUID:
        return self.user.id


def current(request: Request, db: Db, settings: Config) -> Me:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused(401, "not_signed_in", "sign in first", {"WWW-Authenticate": "Bearer"})
    return Me(*signed_in(db, settings, token.strip()))


CurrentUser = Annotated[Me, Depends(current)]
