"""What drf-spectacular cannot see by itself."""

from drf_spectacular.authentication import SessionScheme


class ShopSessionScheme(SessionScheme):
    target_class = "apps.core.authentication.Session"
    name = "session"
