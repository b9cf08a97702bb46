"""auth_service: who somebody is."""

from fastapi import FastAPI

from app.office import open_office
from app.routes import accounts, entry, inside
from app.settings import Settings, get_settings
from backend.shared.web import application

__all__ = ["app", "create_app"]


def create_app(settings: Settings) -> FastAPI:
    routers = [accounts.router, entry.router, inside.router]
    return application("auth_service", settings, routers, open_office, "/api/auth")


app = create_app(get_settings())
