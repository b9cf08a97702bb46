"""Volumes: they survive, are filled at first use, and are emptied only by those who ask for it."""

from __future__ import annotations

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e

KEEPER = """
services:
  app:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    volumes: [data:/data]
volumes: {data: {}}
"""


def write(shore: Shore, path: str, text: str) -> None:
    shore.ok("exec", "-T", "app", "sh", "-c", f"echo {text} > {path}")


def read(shore: Shore, path: str) -> str:
    return shore.ok("exec", "-T", "app", "cat", path).out.strip()


def test_data_survives_all_but_down_with_volumes(shore: Shore) -> None:
    shore.write(compose=KEEPER)
    shore.ok("up", "-d")
    write(shore, "/data/x", "kept")
    shore.ok("restart", "-t", "1")
    assert read(shore, "/data/x") == "kept"
    shore.ok("up", "-d", "--force-recreate")
    assert read(shore, "/data/x") == "kept"
    shore.ok("down", "-t", "1")
    shore.ok("up", "-d")
    assert read(shore, "/data/x") == "kept"
    shore.ok("down", "-v", "-t", "1")
    shore.ok("up", "-d")
    assert shore.run("exec", "-T", "app", "cat", "/data/x").code != 0


def test_a_new_volume_is_filled_from_the_image_once(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  app: {image: 'nginx:alpine', volumes: ['html:/usr/share/nginx/html']}
volumes: {html: {}}
"""
    )
    shore.ok("up", "-d")
    assert "nginx" in read(shore, "/usr/share/nginx/html/index.html")
    write(shore, "/usr/share/nginx/html/index.html", "mine")
    shore.ok("up", "-d", "--force-recreate")
    assert read(shore, "/usr/share/nginx/html/index.html") == "mine"


def test_an_anonymous_volume_comes_over_when_its_container_is_replaced(shore: Shore) -> None:
    shore.write(compose=KEEPER.replace("data:/data]", "/data]").replace("volumes: {data: {}}\n", ""))
    shore.ok("up", "-d")
    write(shore, "/data/x", "kept")
    shore.ok("up", "-d", "--force-recreate")
    assert read(shore, "/data/x") == "kept"
    shore.ok("up", "-d", "--force-recreate", "-V")
    assert shore.run("exec", "-T", "app", "cat", "/data/x").code != 0


MODULES = """
services:
  app:
    build:
      context: .
      dockerfile_inline: |
        FROM python:3.11-slim
        RUN useradd -u 1001 app && mkdir -p /app/modules && cd /app/modules && seq 400 | xargs touch \\
          && echo first > kind && chown -R app /app
        USER app
    init: true
    command: sleep 1000
    volumes: ["./source:/app", /app/modules]
"""


def test_a_large_anonymous_volume_is_as_the_image_was_when_it_was_made(shore: Shore) -> None:
    """Such as /app/node_modules under the source at /app: natively it is laid over the image's files, not copied."""
    (shore.folder / "source").mkdir()
    (shore.folder / "source").chmod(0o777)
    shore.write(compose=MODULES)
    shore.ok("up", "-d", "--build")
    assert read(shore, "/app/modules/kind") == "first"
    shore.ok("exec", "-T", "app", "sh", "-c", "cd /app/modules && echo mine > own && echo more >> 7 && rm 8")
    shore.ok("restart", "-t", "1")
    kept = "first\nmine\nmore\n401"
    assert read_all(shore) == kept
    shore.write(compose=MODULES.replace("first", "second"))
    shore.ok("up", "-d", "--build")
    assert read_all(shore) == kept, "it came over to the new image's container as it was"
    shore.ok("up", "-d", "-V", "--force-recreate")
    assert read_all(shore) == "second\n401", "a new one shows the new image's files"


def read_all(shore: Shore) -> str:
    script = "cd /app/modules && cat kind own 7 8 2>/dev/null; ls | wc -l"
    return shore.ok("exec", "-T", "app", "sh", "-c", script).out.strip()


def test_bind_mounts_show_the_hosts_files_both_ways(shore: Shore) -> None:
    shore.write(compose=KEEPER.replace("data:/data]", "./here:/data, './fixed:/fixed:ro']"))
    for name in ("here", "fixed"):
        (shore.folder / name).mkdir()
        (shore.folder / name).chmod(0o777)
    (shore.folder / "fixed" / "f").write_text("from the host\n")
    shore.ok("up", "-d")
    assert read(shore, "/fixed/f") == "from the host"
    write(shore, "/data/back", "from inside")
    assert (shore.folder / "here" / "back").read_text().strip() == "from inside"
    assert shore.run("exec", "-T", "app", "touch", "/fixed/new").code != 0, "read-only"


def test_tmpfs_is_empty_at_every_start(shore: Shore) -> None:
    shore.write(compose=KEEPER.replace("volumes: [data:/data]", "tmpfs: [/data]"))
    shore.ok("up", "-d")
    write(shore, "/data/x", "gone soon")
    shore.ok("restart", "-t", "1")
    assert shore.run("exec", "-T", "app", "cat", "/data/x").code != 0


def test_two_services_share_one_volume(shore: Shore) -> None:
    shore.write(compose=KEEPER.replace("volumes: {data", "  other: {image: 'python:3.11-slim', init: true, "
                "command: sleep 1000, volumes: ['data:/elsewhere:ro']}\nvolumes: {data"))  # fmt: skip
    shore.ok("up", "-d")
    write(shore, "/data/x", "shared")
    assert shore.ok("exec", "-T", "other", "cat", "/elsewhere/x").out.strip() == "shared"


def test_a_database_keeps_its_rows(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  db:
    image: postgres:15-alpine
    environment: {POSTGRES_USER: app, POSTGRES_DB: shop, POSTGRES_PASSWORD: x}
    volumes: [data:/var/lib/postgresql/data]
    healthcheck: {test: [CMD-SHELL, pg_isready -U app -d shop], interval: 10s, retries: 5}
volumes: {data: {}}
"""
    )
    psql = ("exec", "-T", "db", "psql", "-h", "127.0.0.1", "-U", "app", "-d", "shop", "-Atc")
    shore.ok("up", "-d", "--wait")
    shore.ok(*psql, "create table t (n int); insert into t values (42)")
    shore.ok("down")
    shore.ok("up", "-d", "--wait")
    assert shore.ok(*psql, "select n from t").out.strip() == "42"
