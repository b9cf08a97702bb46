"""Servers of the catalogue, brought up by the official image's contract, natively as an ordinary user.

LONGSHORE_LONG=1 plays them as root too."""

from __future__ import annotations

import gzip

import pytest

from tests.e2e.behaviours.played import on
from tests.shore import Shore

pytestmark = [pytest.mark.e2e, on("native-user", all_of=("native-root", "native-user"))]

MEMCACHED = """
services:
  cache:
    image: memcached:1.6-alpine
    command: [-m, "32", -p, "11300"]
    healthcheck: {test: nc -z 127.0.0.1 11300, interval: 30s}
"""
ASK = r"""
id -un
exec 3<> /dev/tcp/127.0.0.1/11300
printf 'set x 0 0 4\r\nkept\r\nget x\r\nstats settings\r\nquit\r\n' >&3
cat <&3
"""


def test_memcached_takes_options_alone(shore: Shore) -> None:
    shore.write(compose=MEMCACHED)
    shore.ok("up", "-d", "--wait")
    said = shore.ok("exec", "-T", "cache", "bash", "-c", ASK).out.split()
    assert said[0] == "memcache"
    assert "kept" in said
    assert said[said.index("maxbytes") + 1] == str(32 << 20)
    assert "memcached 1.6" in shore.ok("ps").out


RABBITMQ = """
services:
  mq:
    image: rabbitmq:3-management-alpine
    hostname: mq
    environment: {RABBITMQ_DEFAULT_USER: app, RABBITMQ_DEFAULT_PASS: secret, RABBITMQ_DEFAULT_VHOST: shop}
    volumes: ["mq:/var/lib/rabbitmq"]
    healthcheck: {test: [CMD, rabbitmq-diagnostics, -q, ping], interval: 30s, timeout: 10s}
volumes: {mq: {}}
"""
MANAGEMENT = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:15672').status)"


def test_rabbitmq_is_healthy_when_it_can_be_used_and_ends_cleanly(shore: Shore) -> None:
    shore.write(compose=RABBITMQ)
    shore.ok("up", "-d", "--wait")
    shore.ok("exec", "-T", "mq", "bash", "-c", "exec 3<> /dev/tcp/127.0.0.1/5672")
    assert shore.ok("exec", "-T", "mq", "python3", "-c", MANAGEMENT).out.strip() == "200"
    assert "app\t[administrator]" in shore.ok("exec", "-T", "mq", "rabbitmqctl", "-q", "list_users").out
    shore.ok("exec", "-T", "mq", "test", "-d", "/var/lib/rabbitmq/mnesia/rabbit@mq")
    shore.ok("stop")
    assert "exited (0)" in shore.ok("ps", "-a").out
    assert "Server startup complete" in shore.ok("logs", "mq").out


def test_rabbitmq_refuses_variables_that_the_image_no_longer_knows(shore: Shore) -> None:
    shore.write(compose="services: {mq: {image: 'rabbitmq:3', environment: {RABBITMQ_DEFAULT_PASS_FILE: /x}}}")
    shore.run("up", "-d", "--wait")
    assert "error: RABBITMQ_DEFAULT_PASS_FILE is set but deprecated" in shore.ok("logs", "mq").text


MARIADB = """
services:
  db:
    image: mariadb:10.11
    command: --max-connections=17 --character-set-server=utf8mb4
    environment:
      MYSQL_ROOT_PASSWORD_FILE: /run/secrets/root
      MARIADB_DATABASE: my_shop
      MARIADB_USER: app
      MARIADB_PASSWORD: "se'cr\\\\et"
    secrets: [root]
    volumes: ["db:/var/lib/mysql", "./first:/docker-entrypoint-initdb.d"]
    healthcheck: {test: [CMD, healthcheck.sh, --connect, --innodb_initialized], interval: 30s}
volumes: {db: {}}
secrets: {root: {file: ./root}}
"""
SCRIPT = 'mariadb -uroot -p"$MARIADB_ROOT_PASSWORD" my_shop -e "insert into seen values (\'run\')"\n'


def mariadb(shore: Shore, user: str, password: str, query: str) -> list[str]:
    done = shore.ok("exec", "-T", "db", "mariadb", f"-u{user}", f"-p{password}", "-h127.0.0.1", "-Ne", query)
    return done.out.split()


def test_mariadb_makes_its_database_once_and_keeps_it_for_its_own_series(shore: Shore) -> None:
    shore.write(compose=MARIADB, root="top")
    first = shore.folder / "first"
    first.mkdir()
    (first / "1.sql").write_text("create table seen(t text); insert into seen values ('sql');")
    (first / "2.sh").write_text(SCRIPT)
    (first / "3.sql.gz").write_bytes(gzip.compress(b"insert into seen values ('gzip');"))
    shore.ok("up", "-d", "--wait")
    assert mariadb(shore, "app", "se'cr\\et", "select t from my_shop.seen") == ["sql", "run", "gzip"]
    assert mariadb(shore, "root", "top", "select @@max_connections") == ["17"]
    assert mariadb(shore, "root", "top", "select host from mysql.user where user = 'root'") == ["%", "localhost"]
    shore.ok("exec", "-T", "db", "mariadb-admin", "ping", "-ptop")
    shore.ok("stop")
    assert "exited (0)" in shore.ok("ps", "-a").out
    shore.ok("up", "-d", "--wait")
    assert len(mariadb(shore, "app", "se'cr\\et", "select t from my_shop.seen")) == 3
    shore.write(compose=MARIADB.replace("mariadb:10.11", "mariadb:11"))
    refused = shore.run("up", "-d")
    assert refused.code != 0
    assert "holds data of mariadb 10.11, not of mariadb 11.8" in refused.text


SOCKETS = """
services:
  db:
    image: postgres:{major}
    environment: {{POSTGRES_PASSWORD: x}}
    command: {command}
    healthcheck: {{test: [CMD, pg_isready, -U, postgres], interval: 1s}}
    volumes: ["sock:/var/run/postgresql", "./own.conf:/own.conf"]
  client:
    image: postgres:16
    depends_on: {{db: {{condition: service_healthy}}}}
    volumes: ["sock:/var/run/postgresql"]
    entrypoint: [psql, -h, /var/run/postgresql, -U, postgres, -Atc, "show unix_socket_directories"]
  where-nobody-says:
    image: postgres:18
    depends_on: {{db: {{condition: service_healthy}}}}
    volumes: ["sock:/var/run/postgresql"]
    entrypoint: [psql, -U, postgres, -Atc, "select 'found'"]
volumes: {{sock: {{}}}}
"""


@pytest.mark.parametrize(
    ("major", "command"),
    [
        ("14", "[postgres]"),
        ("16", "[postgres]"),
        ("18", "[postgres]"),
        ("16", "[-c, config_file=/own.conf]"),
        ("16", "[-k, /tmp]"),
    ],
)
def test_postgres_has_its_socket_where_the_official_image_has_it(shore: Shore, major: str, command: str) -> None:
    data = "/var/lib/postgresql/data"
    own = f"listen_addresses = '*'\ndata_directory = '{data}'\nhba_file = '{data}/pg_hba.conf'\n"
    shore.write(compose=SOCKETS.format(major=major, command=command), **{"own.conf": own})
    shore.ok("up", "-d", "--wait", "db")
    done = shore.run("run", "--rm", "-T", "client")
    if command == "[-k, /tmp]":
        assert "No such file" in done.text, "who says where the socket is has it there alone"
        return
    assert "/var/run/postgresql" in done.out
    assert shore.ok("run", "--rm", "-T", "where-nobody-says").out.strip() == "found"


AT_18 = """
services:
  db:
    image: postgres:{tag}
    environment: {{POSTGRES_PASSWORD: x}}
    healthcheck: {{test: [CMD, pg_isready, -U, postgres], interval: 1s}}
    volumes: ["data:{target}"]
volumes: {{data: {{}}}}
"""


@pytest.mark.parametrize("tag", ["18", "latest", "alpine"])
def test_from_postgres_18_on_a_volume_at_the_old_place_is_refused(shore: Shore, tag: str) -> None:
    shore.write(compose=AT_18.format(tag=tag, target="/var/lib/postgresql/data"))
    done = shore.run("up", "-d", "--wait")
    assert done.code == 1
    assert "/var/lib/postgresql/data: unused mount/volume" in shore.ok("logs", "db").out
    assert "exited (1)" in shore.ok("ps", "-a").out


def test_postgres_18_keeps_its_data_on_one_volume_above_and_finds_an_older_database(shore: Shore) -> None:
    table = ("exec", "-T", "db", "psql", "-U", "postgres", "-Atc")
    shore.write(compose=AT_18.format(tag="18", target="/var/lib/postgresql"))
    shore.ok("up", "-d", "--wait")
    shore.ok(*table, "create table kept(a int)")
    shore.ok("down")
    shore.ok("up", "-d", "--wait")
    assert "kept" in shore.ok(*table, r"\dt").out
    shore.ok("down", "-v")
    shore.write(compose=AT_18.format(tag="17", target="/var/lib/postgresql/data"))
    shore.ok("up", "-d", "--wait")
    shore.ok("down")
    shore.write(compose=AT_18.format(tag="18", target="/var/lib/postgresql/data"))
    assert shore.run("up", "-d", "--wait").code == 1
    assert "/var/lib/postgresql/data: holds a database of PostgreSQL 17" in shore.ok("logs", "db").out


def test_a_volume_remembers_the_server_wherever_its_data_are_moved(shore: Shore) -> None:
    moved = AT_18.format(tag="16", target="/data").replace(
        "{POSTGRES_PASSWORD: x}", "{POSTGRES_PASSWORD: x, PGDATA: /data/pg}"
    )
    shore.write(compose=moved)
    shore.ok("up", "-d", "--wait")
    shore.ok("down")
    shore.write(compose=moved.replace("postgres:16", "postgres:15"))
    assert "holds data of postgres 16, not of postgres 15" in shore.run("up", "-d").text
