"""For the tests: the real PostgreSQL and the real Redis, apart from anyone's data."""

import os
import tempfile
from pathlib import Path

from .base import *  # noqa: F403
from .base import CACHES

SECRET_KEY = "tests-only"
DEBUG = False
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="backend-tests-"))
CACHES["default"]["KEY_PREFIX"] = f"test-{os.getpid()}"
