"""Who asks: the session's user. Every change, a guest's too, must come from one of our own pages."""

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class Session(SessionAuthentication):
    """DRF's own looks at the CSRF token of signed-in people only; a guest has a cart to protect, and logging in is a
    change as well."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        found = super().authenticate(request)
        if found is None:
            self.enforce_csrf(request)
        return found

    def authenticate_header(self, request: Request) -> str:
        """With one, "sign in first" is 401 and not 403."""
        return "Session"
