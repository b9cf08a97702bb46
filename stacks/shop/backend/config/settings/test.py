"""For the tests: the real PostgreSQL and the real Redis, apart from anyone's data."""

import os
import tempfile
from pathlib import Path

from .base import *  # noqa: F403
from .base import CACHES, DATABASES

SECRET_KEY = "tests-only"
DEBUG = False
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="shop-tests-"))
DATABASES["default"]["OPTIONS"]["pool"]["max_size"] = 20  # type: ignore[index]
for name, cache in CACHES.items():
    cache["KEY_PREFIX"] = f"test-{name}-{os.getpid()}"
