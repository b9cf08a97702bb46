"""In production: no default for any secret, HTTPS in front, and `check --deploy` has nothing to say."""

from config import env

from .base import *  # noqa: F403
from .base import DATABASES, MIDDLEWARE

DEBUG = False
SECRET_KEY = env.required("SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
DATABASES["default"]["PASSWORD"] = env.required("POSTGRES_PASSWORD")

# Static files come from this process, compressed and for a year; right behind the security headers, before anything else.
MIDDLEWARE = [MIDDLEWARE[0], "whitenoise.middleware.WhiteNoiseMiddleware", *MIDDLEWARE[1:]]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Collected by root when the image is built, read by the service's own user; attachments are nobody else's to read.
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
        "OPTIONS": {"file_permissions_mode": 0o644},
    },
}

SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^api/v1/health/"]
SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 31_536_000)
if env.flag("TRUST_FORWARDED_PROTO", False):
    # Only behind a proxy that sets this header itself: without one, any client could claim to have come by HTTPS.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # CSRF: there are no cookies to ride on
    "security.W005",  # HSTS for subdomains and
    "security.W021",  # preload bind the whole domain: that is its owner's to decide, not this service's
]
