"""More variants, broken and sound, than every run has time for: faults that people make without noticing, and stacks
that look wrong and are not."""

from __future__ import annotations

from dataclasses import dataclass

from tests.verify.broken.data import DATA, KEY, SECOND
from tests.verify.broken.variants import CHECK, Change, Variant, app, compose

__all__ = ["LETTERS", "PARCELS", "SOUND", "WITH"]

FIRST_LINE = "<h1>Parcels</h1>"
STORE = 'command: ["redis-server", "--appendonly", "yes"]'
OPEN = """\
            http: GET /
            expect:
              headers: {content-type: /html/}
              matches: Parcels
"""
ELSEWHERE = OPEN.replace("GET /\n", "GET /about\n").replace("/html/", "/json/").replace("Parcels", "parcels")
USER = '    user: "1000:1000"\n'
RUNS = 'command: ["python", "/app/app.py"]'
PAGE = '    "/": (200, "text/html", PAGE),'
SEED = """\
  seed:
    image: python:3.11-slim
    command: ["python", "-c", "raise SystemExit(3)"]

  store:
    image: redis:7-alpine
"""
CONDITION = "      store:\n        condition: service_healthy\n"


def redirects(to: str) -> tuple[Change, ...]:
    sends = 'self.send_header("Content-Type", kind)'
    return (
        app(PAGE, PAGE.replace("200", "302")),
        app(sends, f'{sends}\n        if status == 302:\n            self.send_header("Location", "{to}")'),
        compose(OPEN, ELSEWHERE),
    )


PARCELS: dict[str, Variant] = {
    "check-only-connects": Variant(
        "starts.check.web",
        (
            compose(
                CHECK, "test: [CMD, python, -c, \"import socket; socket.create_connection(('localhost', 8000), 2)\"]"
            ),
            app("daemon_threads = False", "request_queue_size = 128\n    daemon_threads = False"),
        ),
    ),
    "check-asks-its-neighbour": Variant(
        "starts.check.web",
        (compose(CHECK, "test: [CMD, python, -c, \"import socket; socket.create_connection(('store', 6379), 2)\"]"),),
    ),
    "store-listens-for-itself": Variant(
        "starts.ready.web", (compose(STORE, STORE.replace('"--app', '"--bind", "127.0.0.1", "--app')),)
    ),
    "work-before-it-fails": Variant(
        "starts.ready.seed",
        (
            compose("  store:\n    image: redis:7-alpine\n", SEED),
            compose(CONDITION, f"{CONDITION}      seed:\n        condition: service_completed_successfully\n"),
        ),
    ),
    "every-start-is-another": Variant(
        "starts.again",
        (
            Change("settings.env", "", "AT=0\n"),
            compose(
                STORE,
                'command: ["sh", "-c", "date +AT=%s%N > /here/settings.env; exec redis-server --appendonly yes"]\n'
                "    env_file: settings.env",
            ),
            compose(DATA, f"{DATA}      - ./:/here\n"),
        ),
    ),
    "database-on-every-ipv6-address": Variant(
        "isolated.database.store",
        (compose("    networks: [back]\n", '    networks: [front, back]\n    ports: ["[::]:18472:6379"]\n'),),
    ),
    "page-names-a-service": Variant(
        "reachable.web.links", (app(FIRST_LINE, f'{FIRST_LINE}<script src=\\"http://web:8000/about\\"></script>'),)
    ),
    "picture-missing": Variant("reachable.web.links", (app(FIRST_LINE, f'{FIRST_LINE}<img src=\\"/logo.png\\">'),)),
    "redirects-to-nowhere": Variant("reachable.web.links", redirects("/welcome")),
    "signal-of-another-server": Variant(
        "recovers.stops.web",
        (compose("    stop_grace_period: 3s\n    x-", "    stop_grace_period: 3s\n    stop_signal: SIGUSR1\n    x-"),),
    ),
    "grace-shorter-than-a-request": Variant("recovers.request.web", (app("time.sleep(1)", "time.sleep(6)"),)),
    "volume-in-another-folder": Variant("persists.server.store", (compose("- data:/data", "- data:/var/lib/redis"),)),
    "store-in-memory-alone": Variant(
        "persists.server.store", (compose(STORE, 'command: ["redis-server", "--save", "", "--appendonly", "no"]'),)
    ),
    "secret-in-a-header": Variant(
        "safe.bundle.web",
        (
            app(
                "self.end_headers()", 'self.send_header("X-Store", os.environ["STORE_URL"])\n        self.end_headers()'
            ),
        ),
    ),
    "secret-in-a-source-map": Variant(
        "safe.bundle.web",
        (
            app(FIRST_LINE, f'{FIRST_LINE}<script src=\\"/a.js\\"></script>'),
            app(
                '    "/about"',
                '    "/a.js": (200, "text/javascript", "let a //# sourceMappingURL=a.js.map"),\n'
                f'    "/a.js.map": (200, "application/json", "{{\\"sources\\": \\"{KEY}\\"}}"),\n    "/about"',
            ),
        ),
    ),
    "secret-logged-at-the-end": Variant(
        "safe.logs",
        (app("server.server_close()", 'server.server_close()\nprint(os.environ["STORE_URL"], flush=True)'),),
    ),
    "root-beside-somebody-else": Variant(
        "safe.user.web",
        (
            compose(USER, ""),
            compose(
                RUNS,
                'command: ["sh", "-c", "setpriv --reuid=1000 --clear-groups sleep 1000 & exec python /app/app.py"]',
            ),
        ),
    ),
}
WITH = {"secret-logged-at-the-end": ("safe", "recovers")}
"""Families that have to be tried together for the fault to show."""

CHECK_OF_LETTERS = """\
    healthcheck:
      test: ["CMD", "python", "-c", "import urllib.request as u; u.urlopen('http://localhost:8000/health', timeout=1)"]
      interval: 2s
      timeout: 3s
      retries: 10
"""
LETTERS: dict[str, Variant] = {
    "applies-only-once": Variant(
        "migrates.back.web",
        (
            Change(
                SECOND, "    op.add_column", "    op.execute(\"CREATE TYPE mood AS ENUM ('glad')\")\n    op.add_column"
            ),
        ),
    ),
    "runs-from-a-copy": Variant("reloads.web", (compose("- ./app:/srv/app:ro", "- ./app:/srv/source:ro"),)),
    "check-of-the-image-is-true": Variant(
        "starts.check.web",
        (
            compose(CHECK_OF_LETTERS, ""),
            Change("Dockerfile", "USER 1001", "HEALTHCHECK --interval=2s CMD true\nUSER 1001"),
        ),
    ),
    "secret-as-build-argument": Variant(
        "safe.image-secrets.web",
        (
            compose("    build: .\n", "    build: {context: ., args: {SECRET_KEY: '${SECRET_KEY}'}}\n"),
            Change("Dockerfile", "USER 1001", 'ARG SECRET_KEY\nRUN test -n "$SECRET_KEY"\nUSER 1001'),
        ),
    ),
    "uploads-in-memory": Variant(
        "persists.path.web.srv-uploads",
        (
            compose("      - uploads:/srv/uploads\n", ""),
            compose("  uploads:\n", ""),
            compose("tmpfs: [/tmp]", 'tmpfs: [/tmp, "/srv/uploads:mode=1777"]'),
        ),
    ),
}


@dataclass(frozen=True)
class Sound:
    """Nothing is wrong with it: no family may say so."""

    families: tuple[str, ...]
    changes: tuple[Change, ...]


EVERYTHING = ("starts", "reachable", "isolated", "recovers", "safe", "yours")
STEPS_DOWN = """\
server = Server(("0.0.0.0", 8000), Handler)
child = os.fork()
if child:
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
os.setgroups([])
os.setgid(1000)
os.setuid(1000)
"""
OTHERS = """\
  mails:
    image: python:3.11-slim
    user: "1000:1000"
    init: true
    command: ["python", "-c", "import time; time.sleep(1000)"]
    stop_signal: SIGINT
    restart: always
    deploy: {replicas: 2}

  beside:
    image: python:3.11-slim
    user: "1000:1000"
    command: ["python", "-m", "http.server", "9000"]
    network_mode: service:web
    init: true
    restart: always
    stop_grace_period: 2s

"""
KEYED = '"--requirepass", "a-key-of-parcels", "--appendonly"'

SOUND: dict[str, Sound] = {
    "closed-to-strangers": Sound(
        ("starts", "reachable", "safe", "yours"), (app(PAGE, PAGE.replace("200", "401")), compose(OPEN, ELSEWHERE))
    ),
    "sends-to-another-host": Sound(("reachable", "safe", "yours"), redirects("https://parcels.example/")),
    "listens-by-ipv6-for-both": Sound(
        ("starts", "reachable", "isolated"),
        (
            app("daemon_threads = False", "address_family = socket.AF_INET6\n    daemon_threads = False"),
            app('("0.0.0.0", 8000)', '("::", 8000)'),
        ),
    ),
    "master-steps-down": Sound(
        ("starts", "safe", "recovers"),
        (compose(USER, ""), app('server = Server(("0.0.0.0", 8000), Handler)\n', STEPS_DOWN)),
    ),
    "companions": Sound(EVERYTHING, (compose("  store:\n    image", f"{OTHERS}  store:\n    image"),)),
    "store-with-a-password": Sound(
        ("starts", "persists", "recovers", "yours"),
        (
            compose(STORE, STORE.replace('"--appendonly"', KEYED)),
            compose(
                'test: ["CMD", "redis-cli", "ping"]',
                'test: ["CMD-SHELL", "redis-cli -a a-key-of-parcels --no-auth-warning ping | grep -q PONG"]',
            ),
            compose(
                "run: redis-cli set parcel 1 && redis-cli get parcel",
                "run: export REDISCLI_AUTH=a-key-of-parcels; redis-cli set parcel 1 && redis-cli get parcel",
            ),
        ),
    ),
}
