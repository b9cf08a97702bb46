"""The provider images' contracts, carried out: each start is the image's own entry point."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from longshore.native.image.build.sandbox import Bind, Outcome, Sandbox, run_in
from longshore.native.image.model import Image
from longshore.native.image.store.images import ImageStore
from tests.native.image.conftest import Workshop

pytestmark = pytest.mark.e2e


def silent(_: object) -> None:
    pass


class Server:
    """A provider at work: its output so far, and its data directory, which outlives it."""

    def __init__(self, store: ImageStore, image: Image) -> None:
        self.store, self.image = store, image
        self.lines: list[str] = []

    async def start(self, data: Path, *command: str, files: tuple[Bind, ...] = (), **env: str) -> Outcome:
        image = self.image
        data.mkdir(exist_ok=True)
        data.chmod(0o777)
        binds = (*files, *(Bind(volume, source=str(data), read_only=False) for volume in image.config.volumes))
        uid = image.config.starts_as
        with self.store.cache.staging() as staged:
            sandbox = Sandbox(
                (*image.config.entrypoint, *(command or image.config.cmd)), image.layers, str(staged / "up"),
                env={**image.config.env, **env}, cwd=image.config.working_dir or "/",
                user="999:999" if uid else "", network="none", binds=binds,
            )  # fmt: skip
            return await run_in(sandbox, staged / "sandbox", self.lines.append)

    @asynccontextmanager
    async def running(self, data: Path, until: str, *command: str, **more: object) -> AsyncIterator[None]:
        self.lines.clear()
        task = asyncio.create_task(self.start(data, *command, **more))  # type: ignore[arg-type]
        async with asyncio.timeout(60):
            while not any(until in line for line in self.lines):
                assert not task.done(), self.lines
                await asyncio.sleep(0.02)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


READY = "database system is ready to accept connections"
MADE = "init process complete"
"""The server that runs the initial scripts says READY too, on a socket of its own; this comes after it."""


@pytest.fixture
async def postgres(workshop: Workshop) -> Server:
    return Server(workshop.store, await workshop.store.resolve("postgres:15-alpine", silent, "db"))


def script(name: str, text: str | bytes, tmp_path: Path, mode: int = 0o644) -> Bind:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return Bind(f"/docker-entrypoint-initdb.d/{name}", source=str(path))


async def test_postgres_makes_the_database_once_and_keeps_it(postgres: Server, tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = {"POSTGRES_USER": "app_user", "POSTGRES_PASSWORD": "a'b\\c\nd\"", "POSTGRES_DB": 'we"ird $x'}
    async with postgres.running(data, READY, **settings):
        assert (data / "PG_VERSION").read_text() == "15\n"
        assert "PostgreSQL init process complete; ready for start up." in postgres.lines
        text = (data / "pg_hba.conf").read_text()
        assert text.endswith("host all all all scram-sha-256\n")
    async with postgres.running(data, READY, **settings):
        assert any("Skipping initialization" in line for line in postgres.lines)
    assert not list(data.glob(".longshore*"))


QUERY = """
psql -U owner -d shop -Atc "select string_agg(t, ',' order by t) from seen" > "$PGDATA/result"
psql -U owner -d shop -Atc "select rolname from pg_roles where rolsuper" >> "$PGDATA/result"
"""


async def test_postgres_runs_every_kind_of_initial_script_in_order(postgres: Server, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from-file")
    files = (
        Bind("/run/secrets/password", source=str(tmp_path / "password")),
        script("01-schema.sql", "create table seen(t text); insert into seen values ('sql');", tmp_path),
        script("02.sh", "psql -U $POSTGRES_USER -d $POSTGRES_DB -c \"insert into seen values ('sourced')\"", tmp_path),
        script("03.sh", "#!/bin/sh\npsql -U owner -d shop -c \"insert into seen values ('run')\"", tmp_path, 0o755),
        script("04.sql.gz", gzip.compress(b"insert into seen values ('gzip');"), tmp_path),
        script("05.txt", "not for us", tmp_path),
        script("06.sh", QUERY, tmp_path),
    )
    data = tmp_path / "data"
    settings = {"POSTGRES_USER": "owner", "POSTGRES_PASSWORD_FILE": "/run/secrets/password", "POSTGRES_DB": "shop"}
    async with postgres.running(data, MADE, files=files, **settings):
        assert any("ignoring /docker-entrypoint-initdb.d/05.txt" in line for line in postgres.lines)
        assert (data / "result").read_text().splitlines()[:2] == ["gzip,run,sourced,sql", "owner"]


async def test_postgres_that_was_killed_while_it_made_the_database_makes_it_anew(
    postgres: Server, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    slow = script("01.sh", "echo now-in-the-middle; sleep 30", tmp_path)
    async with postgres.running(data, "now-in-the-middle", files=(slow,), POSTGRES_PASSWORD="x"):
        assert not (data / "PG_VERSION").exists()
    assert not (data / "PG_VERSION").exists()
    async with postgres.running(data, READY, POSTGRES_PASSWORD="x"):
        assert any("interrupted" in line for line in postgres.lines)
        assert (data / "PG_VERSION").exists()


async def test_postgres_whose_script_fails_is_no_database(postgres: Server, tmp_path: Path) -> None:
    bad = script("01.sql", "select broken from nowhere;", tmp_path)
    outcome = await postgres.start(tmp_path / "data", files=(bad,), POSTGRES_PASSWORD="x")
    assert outcome.code != 0
    assert not (tmp_path / "data/PG_VERSION").exists()


async def test_postgres_without_a_password_says_so(postgres: Server, tmp_path: Path) -> None:
    outcome = await postgres.start(tmp_path / "data")
    assert outcome.code == 1
    assert "superuser password is not specified" in outcome.lines[0]
    async with postgres.running(tmp_path / "trust", READY, POSTGRES_HOST_AUTH_METHOD="trust"):
        assert (tmp_path / "trust/pg_hba.conf").read_text().endswith("host all all all trust\n")


async def test_postgres_with_arguments_of_its_own(postgres: Server, tmp_path: Path) -> None:
    env = {"POSTGRES_PASSWORD": "x", "POSTGRES_INITDB_ARGS": "--data-checksums --locale=C"}
    async with postgres.running(tmp_path / "data", MADE, "-c", "max_connections=17", **env):
        options = (tmp_path / "data/postmaster.opts").read_text()
        assert "max_connections=17" in options


async def test_mariadb_without_a_password_says_so_and_a_script_that_fails_makes_no_database(
    workshop: Workshop, tmp_path: Path
) -> None:
    server = Server(workshop.store, await workshop.store.resolve("mariadb:10.11", silent, "db"))
    outcome = await server.start(tmp_path / "data")
    assert outcome.code == 1
    assert "Error: Database is uninitialized and password option is not specified" in outcome.lines
    bad = script("01.sql", "select broken from nowhere;", tmp_path)
    outcome = await server.start(tmp_path / "data", files=(bad,), MARIADB_ALLOW_EMPTY_ROOT_PASSWORD="1")
    assert outcome.code != 0
    assert not (tmp_path / "data/mysql").exists()
    server.lines.clear()
    async with server.running(tmp_path / "data", "init process done", MARIADB_RANDOM_ROOT_PASSWORD="yes"):
        assert any("interrupted" in line for line in server.lines)
        assert any(line.startswith("GENERATED ROOT PASSWORD: ") for line in server.lines)


async def test_redis_protected_mode_is_off_unless_asked_for(workshop: Workshop, tmp_path: Path) -> None:
    image = await workshop.store.resolve("redis:7-alpine", silent, "cache")
    server = Server(workshop.store, image)
    assert image.server is not None
    assert (image.server.kind, image.server.major, image.server.data) == ("redis", "7", "/data")
    client = "redis-cli -p 7001"
    show = f'redis-server --port 7001 "$@" & sleep 0.5; {client} config get protected-mode; {client} shutdown nosave'
    for more, value in (((), "no"), (("--protected-mode", "yes"), "yes")):
        outcome = await server.start(tmp_path / "d", "sh", "-c", show, "sh", *more)
        assert outcome.lines[outcome.lines.index("protected-mode") + 1] == value


async def test_redis_with_options_alone_writes_to_data(workshop: Workshop, tmp_path: Path) -> None:
    server = Server(workshop.store, await workshop.store.resolve("redis:7", silent, "cache"))
    async with server.running(tmp_path / "data", "Ready to accept connections", "--appendonly", "yes"):
        assert (tmp_path / "data/appendonlydir").is_dir()


NGINX = """
set -e
nginx -t
nginx -g "daemon on;"
for path in / /here; do wget -q -O - http://127.0.0.1$path; done
grep -c . /etc/nginx/conf.d/default.conf
nginx -s reload
nginx -s quit
"""


async def test_nginx_templates_scripts_and_pages(workshop: Workshop, tmp_path: Path) -> None:
    image = await workshop.store.resolve("nginx:1.22-alpine", silent, "web")
    assert image.config.stop_signal == "SIGQUIT"
    (tmp_path / "t").write_text('server { listen 80; location / { return 200 "hello ${WHO} $uri\\n"; } }\n')
    (tmp_path / "s").write_text("#!/bin/sh\necho own script ran\n")
    (tmp_path / "s").chmod(0o755)
    files = (
        Bind("/etc/nginx/templates/default.conf.template", source=str(tmp_path / "t")),
        Bind("/docker-entrypoint.d/50-own.sh", source=str(tmp_path / "s")),
    )
    with workshop.store.cache.staging() as staged:
        sandbox = Sandbox(
            ("/bin/sh", "-c", f"/docker-entrypoint.sh nginx -v; {NGINX}"), image.layers, str(staged / "up"),
            env={**image.config.env, "WHO": "you"}, network="none", binds=files,
        )  # fmt: skip
        outcome = await run_in(sandbox, staged / "sandbox")
    assert outcome.code == 0, outcome.lines
    assert "own script ran" in outcome.lines
    assert "hello you /" in outcome.lines
    assert "hello you /here" in outcome.lines


async def test_alpine_variants_have_what_health_checks_use(workshop: Workshop) -> None:
    image = await workshop.store.resolve("redis:7-alpine", silent, "cache")
    check = "wget --quiet --tries=1 --spider http://127.0.0.1:1 2>&1; nc -z 127.0.0.1 1; echo $?"
    outcome = await workshop.run(image, "/bin/sh", "-c", check)
    assert "refused" in outcome.lines[0]
    assert outcome.lines[-1] == "1"


APK = """\
FROM redis:7-alpine
RUN apk add --no-cache --virtual .tools jq tree && jq --version && apk del .tools && ! test -e /usr/bin/jq
RUN addgroup -g 1500 -S app && adduser -S -D -H -u 1500 -G app -h /srv app && id app
RUN ! apk add no-such-package-anywhere
"""


async def test_apk_and_busybox_accounts_on_debian(workshop: Workshop) -> None:
    await workshop.build(APK)
    assert "uid=1500(app) gid=1500(app) groups=1500(app)" in workshop.output
    assert any("no-such-package-anywhere has no counterpart" in line for line in workshop.output)
