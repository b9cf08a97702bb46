"""In production: no default for any secret, and what `PUBLIC_URL` says decides how cookies travel."""

from config import env

from .base import *  # noqa: F403

DEBUG = False
SECRET_KEY = env.required("SECRET_KEY")

PUBLIC_URL = env.public_url("PUBLIC_URL")
# The names that people use, and those that the stack uses itself: the front end's server and the health check.
ALLOWED_HOSTS = [PUBLIC_URL.hostname, *env.words("ALLOWED_HOSTS"), "backend", "localhost", "127.0.0.1"]

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Named by their content, so that nginx may let them be kept for good.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

# The proxy in front of nginx ends TLS and sets this header itself; nginx sets it where there is none.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.scheme == "https"
if PUBLIC_URL.scheme == "https":
    SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 31_536_000)

SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # redirecting to HTTPS is for the proxy that ends TLS: requests inside the stack are plain
    "security.W005",  # HSTS for subdomains and
    "security.W021",  # preload bind the whole domain: that is its owner's to decide, not this service's
]
if PUBLIC_URL.scheme == "http":
    # To try the production form on one's own machine. The entry point says so.
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W012", "security.W016"]
