"""On a developer's machine: errors are shown in full, and nothing here may reach production."""

from config import env, reload

from .base import *  # noqa: F403

DEBUG = env.flag("DEBUG", True)
SECRET_KEY = env.text("SECRET_KEY", "development-only-never-a-secret")
ALLOWED_HOSTS = ["*"]

reload.install()
