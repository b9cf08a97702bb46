"""On a developer's machine: errors are shown in full, and nothing here may reach production."""

from importlib.util import find_spec

from config import env

from .base import *  # noqa: F403
from .base import INSTALLED_APPS

DEBUG = env.flag("DEBUG", True)
SECRET_KEY = env.text("SECRET_KEY", "development-only-never-a-secret")
ALLOWED_HOSTS = ["*"]

if find_spec("django_watchfiles"):
    # The kernel says which file changed; Django's own reloader would look at all of them once a second.
    INSTALLED_APPS = [*INSTALLED_APPS, "django_watchfiles"]
