"""On a developer's machine: errors are shown in full, and nothing here may reach production."""

from config import env, reload

from .base import *  # noqa: F403

DEBUG = env.flag("DEBUG", True)
SECRET_KEY = env.text("SECRET_KEY", "development-only-never-a-secret")
ALLOWED_HOSTS = ["*"]
# The front end's own port passes the API on, and says by which name it was asked.
USE_X_FORWARDED_HOST = True

reload.install()
