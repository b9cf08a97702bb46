"""People and the tokens that they show."""

import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class User(AbstractUser):
    email = models.EmailField()

    class Meta:
        ordering = ("username",)
        constraints = (
            models.UniqueConstraint(Lower("username"), name="user_username_any_case"),
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
        )


def digest(secret: str) -> str:
    """What is kept of a token. It is 256 random bits, so a plain hash is as good as a slow one, and can be looked up."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


class AccessTokenManager(models.Manager["AccessToken"]):
    def issue(self, user: User) -> tuple["AccessToken", str]:
        """A new token for `user`, and the secret, which is shown once and not kept."""
        now = timezone.now()
        self.filter(user=user, expires_at__lte=now).delete()
        secret = secrets.token_urlsafe(32)
        return self.create(digest=digest(secret), user=user, expires_at=now + settings.ACCESS_TOKEN_LIFETIME), secret

    def find(self, secret: str) -> "AccessToken | None":
        """The token that this secret belongs to, if it still holds."""
        return self.select_related("user").filter(digest=digest(secret), expires_at__gt=timezone.now(), user__is_active=True).first()


class AccessToken(models.Model):
    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    objects = AccessTokenManager()

    def __str__(self) -> str:
        return f"token of {self.user_id}, until {self.expires_at:%Y-%m-%d %H:%M}"
