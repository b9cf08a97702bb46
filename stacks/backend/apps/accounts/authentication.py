"""`Authorization: Bearer <token>` (RFC 6750)."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.models import AccessToken, User


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = AccessToken.objects.find(secret.strip())
        if token is None:
            raise AuthenticationFailed("The token is not valid, or no longer valid.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
