"""Twelve images in the patterns of docker-library, and what is asked of each: Dockerfiles on top of the stand-ins of
scripts/base-images, Debian's servers, entry points that begin as root and step down by gosu or setpriv."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["IMAGES", "STATIC", "Made"]


@dataclass(frozen=True)
class Made:
    """`files` lie beside the Dockerfile (gosu and the static programs are put there too). `keep` writes something that
    `kept` prints again; both are run in the service. `data` is where its volume is."""

    dockerfile: str
    data: str
    health: tuple[str, ...]
    keep: tuple[str, ...]
    kept: tuple[str, ...]
    above: str = "debian:bookworm-slim"
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()


def _shell(text: str) -> tuple[str, ...]:
    return ("sh", "-c", text)


def _sql(program: str, text: str) -> tuple[str, ...]:
    return (*program.split(), text)


_PSQL = "psql -h 127.0.0.1 -U postgres -Atqc"
_TABLE = "CREATE TABLE IF NOT EXISTS kept (word text); INSERT INTO kept VALUES ('it stays')"


def _postgres(above: str, dockerfile: str, **more: Mapping[str, str]) -> Made:
    return Made(
        dockerfile, "/var/lib/postgresql/data", ("pg_isready", "-h", "127.0.0.1", "-U", "postgres"),
        _sql(_PSQL, _TABLE), _sql(_PSQL, "SELECT word FROM kept"), above=above,
        environment={"POSTGRES_HOST_AUTH_METHOD": "trust"}, **more,
    )  # fmt: skip


_BY_GOSU = """FROM {above}
COPY --chmod=755 gosu /usr/local/bin/
RUN sed -i 's/exec setpriv.*/exec gosu postgres "$BASH_SOURCE" "$@"/' /usr/local/bin/docker-entrypoint.sh \\
 && grep -q gosu /usr/local/bin/docker-entrypoint.sh
"""
MARIADB_ENTRY = """#!/bin/bash
set -eo pipefail
value() { # its own, else the content of the file that NAME_FILE names; by the old name too
  local name file
  for name in "MARIADB_$1" "MYSQL_$1"; do
    file="${name}_FILE"
    if [ -n "${!file}" ]; then cat "${!file}"; return; fi
    if [ -n "${!name}" ]; then echo "${!name}"; return; fi
  done
}
[ "${1:0:1}" != - ] || set -- mariadbd "$@"
if [ "$1" = mariadbd ] && [ "$(id -u)" = 0 ]; then
  mkdir -p /run/mysqld
  find /var/lib/mysql /run/mysqld ! -user mysql -exec chown mysql: '{}' +
  exec gosu mysql "$BASH_SOURCE" "$@"
fi
if [ "$1" = mariadbd ] && [ ! -d /var/lib/mysql/mysql ]; then
  mariadb-install-db --auth-root-authentication-method=normal --skip-test-db --datadir=/var/lib/mysql >/dev/null
  mariadbd --skip-networking &
  server=$!
  for _ in $(seq 240); do mariadb-admin -uroot --silent ping 2>/dev/null && break; sleep 0.25; done
  password=$(value ROOT_PASSWORD) database=$(value DATABASE)
  mariadb -uroot -e "CREATE DATABASE IF NOT EXISTS ${database:-app}; CREATE USER root@'%' IDENTIFIED BY '$password';
    GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION; ALTER USER root@localhost IDENTIFIED BY '$password'"
  kill "$server"; wait "$server"
fi
exec "$@"
"""
MARIADB = """FROM {above}
RUN apt-get update && apt-get install -y --no-install-recommends mariadb-server \\
 && rm -rf /var/lib/apt/lists/* /var/lib/mysql && install -d -o mysql -g mysql -m 750 /var/lib/mysql /run/mysqld \\
 && printf '[mariadbd]\\nbind-address=0.0.0.0\\nskip-name-resolve\\n' >/etc/mysql/mariadb.conf.d/90-all.cnf
COPY --chmod=755 gosu entry /usr/local/bin/
ENV MARIADB_VERSION=1:10.11
VOLUME /var/lib/mysql
EXPOSE 3306
ENTRYPOINT ["entry"]
CMD ["mariadbd"]
"""
_MARIADB = "mariadb -uroot -psecret -N app -e"

RABBIT_ENTRY = """#!/bin/bash
set -eo pipefail
cookie=/var/lib/rabbitmq/.erlang.cookie # a health check that comes first would make it, as root
[ -e "$cookie" ] || (umask 077 && head -c 15 /dev/urandom | base64 >"$cookie")
if [ "$1" = rabbitmq-server ] && [ "$(id -u)" = 0 ]; then
  find /var/lib/rabbitmq ! -user rabbitmq -exec chown rabbitmq: '{}' +
  exec gosu rabbitmq "$BASH_SOURCE" "$@"
fi
exec "$@"
"""
RABBIT = """FROM {above}
RUN apt-get update && apt-get install -y --no-install-recommends rabbitmq-server \\
 && rm -rf /var/lib/apt/lists/* /var/lib/rabbitmq/.erlang.cookie /var/lib/rabbitmq/mnesia
COPY --chmod=755 gosu entry /usr/local/bin/
ENV RABBITMQ_VERSION=3.10 HOME=/var/lib/rabbitmq RABBITMQ_LOGS=- \\
 PATH=/usr/lib/rabbitmq/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
VOLUME /var/lib/rabbitmq
EXPOSE 5672
ENTRYPOINT ["entry"]
CMD ["rabbitmq-server"]
"""

MEMCACHED = """FROM {above}
RUN apt-get update && apt-get install -y --no-install-recommends memcached && rm -rf /var/lib/apt/lists/* \\
 && install -d -o memcache -g memcache /kept
COPY --chmod=755 entry /usr/local/bin/
USER memcache
VOLUME /kept
EXPOSE 11211
ENTRYPOINT ["entry"]
CMD ["memcached"]
"""
MEMCACHED_ENTRY = """#!/bin/sh
set -e
if [ "${1#-}" != "$1" ]; then set -- memcached "$@"; fi
exec "$@"
"""

PYTHON_SERVER = """import http.server, sqlite3, sys
KEPT = sqlite3.connect("/data/kept.db")
KEPT.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
if sys.argv[1] == "serve":
    http.server.ThreadingHTTPServer(("", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()
elif sys.argv[1] == "keep":
    KEPT.execute("INSERT INTO kept VALUES ('it stays')")
    KEPT.commit()
else:
    print(KEPT.execute("SELECT word FROM kept").fetchone()[0])
"""
PYTHON = """FROM {above}
RUN useradd -r -u 1500 app && install -d -o app -g app /data
COPY server.py /srv/
USER app
VOLUME /data
CMD ["python", "/srv/server.py", "serve"]
"""
NODE_SERVER = """const fs = require('fs');
const kept = '/data/kept';
const [what] = process.argv.slice(2);
if (what === 'serve') require('http').createServer((_, answer) => answer.end('here')).listen(8000);
else if (what === 'ask') fetch('http://127.0.0.1:8000').then(a => process.exit(a.ok ? 0 : 1), () => process.exit(1));
else if (what === 'keep') fs.writeFileSync(kept, 'it stays\\n');
else process.stdout.write(fs.readFileSync(kept, 'utf8'));
"""
NODE = """FROM {above}
RUN useradd -r -u 1500 app && install -d -o app -g app /data
COPY server.js /srv/
USER app
VOLUME /data
CMD ["node", "/srv/server.js", "serve"]
"""
SCRATCH = """FROM scratch
COPY --chmod=755 app /app
COPY --chown=65532:65532 empty /data/empty
USER 65532:65532
VOLUME /data
ENTRYPOINT ["/app"]
CMD ["serve"]
"""
STATIC = """package main

import (
	"fmt"
	"net/http"
	"os"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	switch os.Args[1] {
	case "serve":
		http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "here") })
		check(http.ListenAndServe(":8000", nil))
	case "ask":
		_, err := http.Get("http://127.0.0.1:8000/")
		check(err)
	case "keep":
		check(os.WriteFile("/data/empty/kept", []byte("it stays\\n"), 0o600))
	case "kept":
		text, err := os.ReadFile("/data/empty/kept")
		check(err)
		os.Stdout.Write(text)
	}
}
"""
BUSYBOX = """FROM scratch
ADD busybox.tar /
WORKDIR /data
VOLUME /data
CMD ["httpd", "-f", "-p", "8000", "-h", "/data"]
"""

IMAGES: dict[str, Made] = {
    "postgres by gosu": _postgres("postgres:15-alpine", _BY_GOSU),
    "postgres by setpriv": _postgres("postgres:15-alpine", "FROM {above}\n"),
    "postgres 16": _postgres("postgres:16-alpine", "FROM {above}\n"),
    "redis": Made(
        "FROM {above}\n", "/data", ("redis-cli", "ping"), ("redis-cli", "set", "kept", "it stays"),
        ("redis-cli", "get", "kept"), above="redis:7-alpine", command=("redis-server", "--appendonly", "yes"),
    ),
    "nginx": Made(
        "FROM {above}\n", "/usr/share/nginx/html", ("curl", "-fs", "http://127.0.0.1/"),
        _shell("echo it stays > /usr/share/nginx/html/kept"), ("curl", "-fs", "http://127.0.0.1/kept"),
        above="nginx:alpine",
    ),
    "mariadb": Made(
        MARIADB, "/var/lib/mysql", ("mariadb-admin", "-uroot", "-psecret", "-h127.0.0.1", "ping"),
        _sql(_MARIADB, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('it stays')"),
        _sql(_MARIADB, "SELECT word FROM kept"), files={"entry": MARIADB_ENTRY},
        environment={"MARIADB_ROOT_PASSWORD": "secret"},
    ),
    "rabbitmq": Made(
        RABBIT, "/var/lib/rabbitmq", ("rabbitmq-diagnostics", "-q", "check_running"),
        ("rabbitmqctl", "-q", "add_vhost", "it stays"), _shell("rabbitmqctl -q list_vhosts | grep stays"),
        files={"entry": RABBIT_ENTRY},
    ),
    "memcached": Made(
        MEMCACHED, "/kept", ("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/11211; echo version >&3; head -1 <&3"),
        _shell("echo it stays > /kept/word"), ("cat", "/kept/word"), files={"entry": MEMCACHED_ENTRY},
    ),
    "python": Made(
        PYTHON, "/data",
        ("python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000')"),
        ("python", "/srv/server.py", "keep"), ("python", "/srv/server.py", "kept"), above="python:3.11-slim",
        files={"server.py": PYTHON_SERVER},
    ),
    "node": Made(
        NODE, "/data", ("node", "/srv/server.js", "ask"), ("node", "/srv/server.js", "keep"),
        ("node", "/srv/server.js", "kept"), above="node:20-slim", files={"server.js": NODE_SERVER},
    ),
    "FROM scratch": Made(
        SCRATCH, "/data", ("/app", "ask"), ("/app", "keep"), ("/app", "kept"), above="", files={"empty/.keep": ""},
    ),
    "busybox (musl)": Made(
        BUSYBOX, "/data", ("wget", "-qO-", "http://127.0.0.1:8000/index.html"), _shell("echo it stays > /data/kept"),
        ("cat", "/data/kept"), above="",
    ),
}  # fmt: skip
