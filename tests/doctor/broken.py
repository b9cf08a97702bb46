"""Projects with exactly one fault: each is the sound one below with one thing changed."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["BROKEN", "SOUND", "broken"]

COMPOSE = """\
name: shop

services:
  web:
    build: .
    ports:
      - "127.0.0.1:8000:8000"
    environment:
      DATABASE_URL: postgresql://shop:${DB_PASSWORD:?}@db:5432/shop
      LOG_LEVEL: ${LOG_LEVEL:-info}
    volumes:
      - media:/media
      - ./settings.toml:/settings.toml:ro
    depends_on:
      db:
        condition: service_healthy
      set-up:
        condition: service_completed_successfully
    healthcheck:
      test: ["CMD", "python", "-c", "import urllib.request as r; r.urlopen('http://localhost:8000/')"]
    restart: unless-stopped
    deploy:
      resources:
        limits:
          memory: 256M

  set-up:
    build: .
    command: ["python", "-m", "alembic", "upgrade", "head"]
    depends_on:
      db:
        condition: service_healthy

  db:
    image: postgres:16-alpine
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: ${DB_PASSWORD:?}
    volumes:
      - data:/var/lib/postgresql/data
    healthcheck:
      test: pg_isready -U shop
    restart: unless-stopped
    deploy:
      resources:
        limits:
          memory: 512M

volumes:
  data:
  media:
"""
DOCKERFILE = """\
FROM python:3.12-slim AS deps
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

FROM deps
RUN useradd --uid 1001 shop
COPY . /app
USER shop
CMD ["python", "app.py"]
"""
SOUND: Mapping[str, str] = {
    "compose.yaml": COMPOSE,
    "Dockerfile": DOCKERFILE,
    ".dockerignore": ".env\n.git\n",
    ".env": "DB_PASSWORD=a1b2c3d4\n",
    ".env.example": "DB_PASSWORD=\n# LOG_LEVEL=info\n",
    ".gitignore": ".env\n",
    "requirements.txt": "alembic==1.13.1\n",
    "app.py": "print('here')\n",
    "settings.toml": "",
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/versions/0001.py": 'revision = "0001"\ndown_revision = None\n',
    "migrations/versions/0002.py": 'revision: str = "0002"\ndown_revision: str | None = "0001"\n',
    ".git": "",
}

Change = tuple[str, str, str]
"""A file, what stands there once, and what comes in its place; nothing to replace: a new file or a longer one."""

BROKEN: Mapping[str, tuple[str, tuple[Change, ...]]] = {
    "version attribute": ("compose.obsolete-version", (("compose.yaml", "name: shop\n", 'version: "3.8"\nname: shop\n'),)),
    "version after the services": ("compose.obsolete-version", (("compose.yaml", "", '\nversion: "3"\n'),)),
    "variable without a value": (
        "compose.variable-without-value",
        (("compose.yaml", "${LOG_LEVEL:-info}", "${LOG_LEVEL}"),),
    ),
    "variable set and empty": (
        "compose.variable-without-value",
        (
            ("compose.yaml", "${LOG_LEVEL:-info}", "$LOG_LEVEL"),
            (".env", "", "LOG_LEVEL=\n"),
            (".env.example", "# LOG", "LOG"),
        ),
    ),
    "required variable missing": (
        "compose.variable-without-value",
        (("compose.yaml", "${LOG_LEVEL:-info}", "${LOG_LEVEL:?say how much}"),),
    ),
    "image latest": ("compose.unpinned-image", (("compose.yaml", "postgres:16-alpine", "postgres:latest"),)),
    "image without a tag": ("compose.unpinned-image", (("compose.yaml", "postgres:16-alpine", "postgres"),)),
    "image of a registry without a tag": (
        "compose.unpinned-image",
        (("compose.yaml", "postgres:16-alpine", "localhost:5000/team/postgres"),),
    ),
    "password in the file": ("compose.secret-in-file", (("compose.yaml", "POSTGRES_PASSWORD: ${DB_PASSWORD:?}", "POSTGRES_PASSWORD: hunter2"),)),
    "password in an address": ("compose.secret-in-file", (("compose.yaml", "shop:${DB_PASSWORD:?}@", "shop:hunter2@"),)),
    "token in a list": (
        "compose.secret-in-file",
        (("compose.yaml", "      LOG_LEVEL: ${LOG_LEVEL:-info}\n", "      LOG_LEVEL: ${LOG_LEVEL:-info}\n      BOT_TOKEN: 12:ab\n"),),
    ),
    "secret as a build argument": (
        "compose.secret-in-file",
        (("compose.yaml", "    build: .\n    ports:", "    build: {context: ., args: {API_KEY: abc123}}\n    ports:"),),
    ),
    "port on all addresses": ("compose.port-on-all-addresses", (("compose.yaml", '"127.0.0.1:8000:8000"', '"8000:8000"'),)),
    "port on 0.0.0.0": ("compose.port-on-all-addresses", (("compose.yaml", '"127.0.0.1:8000', '"0.0.0.0:8000'),)),
    "port without a number": ("compose.port-on-all-addresses", (("compose.yaml", '"127.0.0.1:8000:8000"', "8000"),)),
    "database published": (
        "compose.database-published",
        (("compose.yaml", "    image: postgres:16-alpine\n", '    image: postgres:16-alpine\n    ports: ["5432:5432"]\n'),),
    ),
    "database published long": (
        "compose.database-published",
        (
            (
                "compose.yaml",
                "    image: postgres:16-alpine\n",
                "    image: postgres:16-alpine\n    ports: [{target: 5432, published: 15432}]\n",
            ),
        ),
    ),
    "no health check": (
        "compose.no-health-check",
        (
            (
                "compose.yaml",
                "    healthcheck:\n      test: [\"CMD\", \"python\", \"-c\", \"import urllib.request as r; "
                "r.urlopen('http://localhost:8000/')\"]\n",
                "",
            ),
        ),
    ),
    "health check disabled": (
        "compose.no-health-check",
        (
            (
                "compose.yaml",
                "      test: [\"CMD\", \"python\", \"-c\", \"import urllib.request as r; "
                "r.urlopen('http://localhost:8000/')\"]\n",
                "      disable: true\n",
            ),
        ),
    ),
    "waits for no check": (
        "compose.waits-for-no-check",
        (("compose.yaml", "    healthcheck:\n      test: pg_isready -U shop\n", ""),),
    ),
    "starts too early": (
        "compose.starts-too-early",
        (
            (
                "compose.yaml",
                "      db:\n        condition: service_healthy\n      set-up:",
                "      db:\n        condition: service_started\n      set-up:",
            ),
        ),
    ),
    "no restart policy": (
        "compose.no-restart-policy",
        (("compose.yaml", "test: pg_isready -U shop\n    restart: unless-stopped\n", "test: pg_isready -U shop\n"),),
    ),
    "no limit": (
        "compose.no-limits",
        (("compose.yaml", "    deploy:\n      resources:\n        limits:\n          memory: 512M\n", ""),),
    ),
    "bind source missing": ("compose.missing-bind-source", (("compose.yaml", "./settings.toml:/", "./setings.toml:/"),)),
    "volume unused": ("compose.unused-volume", (("compose.yaml", "  media:\n", "  media:\n  uploads:\n"),)),
    "curl in a slim image": (
        "compose.health-program-missing",
        (
            (
                "compose.yaml",
                "[\"CMD\", \"python\", \"-c\", \"import urllib.request as r; r.urlopen('http://localhost:8000/')\"]",
                '["CMD", "curl", "-f", "http://localhost:8000/"]',
            ),
        ),
    ),
    "curl in a shell": (
        "compose.health-program-missing",
        (
            (
                "compose.yaml",
                "[\"CMD\", \"python\", \"-c\", \"import urllib.request as r; r.urlopen('http://localhost:8000/')\"]",
                "curl -f http://localhost:8000/ || exit 1",
            ),
        ),
    ),
    "curl in postgres": ("compose.health-program-missing", (("compose.yaml", "pg_isready -U shop", "curl localhost:5432"),)),
    "wget in a slim image, by HEALTHCHECK": (
        "compose.health-program-missing",
        (
            (
                "compose.yaml",
                "    healthcheck:\n      test: [\"CMD\", \"python\", \"-c\", \"import urllib.request as r; "
                "r.urlopen('http://localhost:8000/')\"]\n",
                "",
            ),
            ("Dockerfile", "USER shop\n", "USER shop\nHEALTHCHECK CMD wget --spider http://localhost:8000/\n"),
        ),
    ),
    "CMD in shell form": (
        "compose.shell-ignores-sigterm",
        (("Dockerfile", 'CMD ["python", "app.py"]', "CMD python app.py"),),
    ),
    "ENTRYPOINT in shell form": (
        "compose.shell-ignores-sigterm",
        (("Dockerfile", 'CMD ["python", "app.py"]', "ENTRYPOINT python app.py"),),
    ),
    "command through a shell": (
        "compose.shell-ignores-sigterm",
        (("compose.yaml", "    build: .\n    ports:", "    build: .\n    command: sh -c 'python a.py; python app.py'\n    ports:"),),
    ),
    ".env in git": ("env.in-version-control", ((".gitignore", ".env\n", "*.pyc\n"),)),
    "key not in the example": ("env.example-differs", ((".env", "", "SENTRY_DSN=x\n"),)),
    "key of the example not set": ("env.example-differs", ((".env.example", "# LOG", "LOG"),)),
    "no Dockerfile": ("dockerfile.broken", (("compose.yaml", "    build: .\n    ports:", "    build: {context: ., dockerfile: docker/web}\n    ports:"),)),
    "unknown instruction": ("dockerfile.broken", (("Dockerfile", "USER shop\n", "USR shop\n"),)),
    "unknown target": ("dockerfile.broken", (("compose.yaml", "    build: .\n    ports:", "    build: {context: ., target: production}\n    ports:"),)),
    "secret in ENV": ("dockerfile.secret", (("Dockerfile", "USER shop\n", "USER shop\nENV SECRET_KEY=abcdef\n"),)),
    "secret in ARG": ("dockerfile.secret", (("Dockerfile", "COPY requirements", "ARG PIP_TOKEN\nCOPY requirements"),)),
    "source before dependencies": (
        "dockerfile.copy-before-dependencies",
        (("Dockerfile", "COPY requirements.txt .\n", "COPY . .\n"),),
    ),
    "no .dockerignore": ("dockerfile.no-dockerignore", ((".dockerignore", ".env\n.git\n", "REMOVED"),)),
    "root": ("dockerfile.root", (("Dockerfile", "USER shop\n", ""),)),
    "root again": ("dockerfile.root", (("Dockerfile", "USER shop\n", "USER shop\nUSER root\n"),)),
    "base without a version": ("dockerfile.unpinned-base", (("Dockerfile", "FROM python:3.12-slim", "FROM python"),)),
    "two migrations with one id": (
        "migrations.duplicate-id",
        (("migrations/versions/0002b.py", "", 'revision = "0002"\ndown_revision = "0001"\n'),),
    ),
    "two heads": (
        "migrations.several-heads",
        (("migrations/versions/0003.py", "", 'revision = "0003"\ndown_revision = "0001"\n'),),
    ),
    "a circle": (
        "migrations.cycle",
        (
            ("migrations/versions/0003.py", "", 'revision = "0003"\ndown_revision = "0004"\n'),
            ("migrations/versions/0004.py", "", 'revision = "0004"\ndown_revision = "0003"\n'),
        ),
    ),
    "a parent that is not there": (
        "migrations.missing-parent",
        (("migrations/versions/0002.py", '= "0001"', '= "0001a"'), ("migrations/versions/0001.py", '"0001"', '"0001a"'),
         ("migrations/versions/0003.py", "", 'revision = "0003"\ndown_revision = ("0002", "0000")\n')),
    ),
}  # fmt: skip


def broken(changes: tuple[Change, ...]) -> dict[str, str]:
    """The files of the sound project with the changes made."""
    files = dict(SOUND)
    for name, old, new in changes:
        if new == "REMOVED":
            del files[name]
            continue
        text = files.get(name, "")
        assert text.count(old) == 1 or not old, f"{name}: {old!r}"
        files[name] = text.replace(old, new) if old else text + new
    return files
