"""What is broken in each variant, and which criterion has to say so."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["QUICK", "VARIANTS", "Change", "Variant"]

QUICK = ("starts", "reachable", "isolated", "yours")
"""Families that are tried on every variant beside its own: they take little, and would tell of a false alarm."""


@dataclass(frozen=True)
class Change:
    """In `file`, `old` stands once and becomes `new`; with `old` empty the file is made, or `new` put at its end."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Variant:
    """`criterion` is the id that falls short; its family is tried, and the QUICK ones."""

    criterion: str
    changes: tuple[Change, ...]

    @property
    def families(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.criterion.partition(".")[0], *QUICK)))


def compose(old: str, new: str) -> Change:
    return Change("compose.yaml", old, new)


def app(old: str, new: str) -> Change:
    return Change("app/app.py", old, new)


WAITS = "    depends_on:\n      store:\n        condition: service_healthy\n"
CHECK = 'test: ["CMD", "python", "/app/check.py", "http://localhost:8000/health"]'
POLICY = "    restart: unless-stopped\n    stop_grace_period: 3s\n"
PUBLISHED = '- "127.0.0.1:18470:8000"'
CLEAN_END = "signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())"
REPORT = """\

  report:
    image: python:3.11-slim
    command: ["python", "-m", "http.server", "18999"]
    restart: unless-stopped
    stop_grace_period: 1s
"""
BEFORE_NETWORKS = "\nnetworks:\n  front:\n"

FRONT = compose("headers: {content-type: /html/}", "status: 500")
BUDGET = compose("slow: GET", "budget: 30s\n        slow: GET")
STARTS = "store().close()\nserver"
ONCE = """\
if not os.path.exists("/tmp/tried"):
    open("/tmp/tried", "w").close()
    sys.exit(1)
server"""
NEVER_AGAIN = """\
if os.path.exists("/tmp/started"):
    sys.exit(1)
open("/tmp/started", "w").close()
server"""
HEALTH = 'elif self.path == "/health":'
HEALTH_FOR_ITSELF = f"""\
elif self.path == "/health" and self.client_address[0] != "127.0.0.1":
            self.answer(403, "text/plain", "no")
        {HEALTH}"""
HELD = """\
    try:
        held.settimeout(0.05)
        if held.recv(1) == b"":
            return False
    except TimeoutError:
        return True
    except"""

VARIANTS: dict[str, Variant] = {
    "waits-for-nothing": Variant("starts.order.web", (compose(WAITS, ""),)),
    "waits-for-the-start-only": Variant("starts.order.web", (compose("service_healthy", "service_started"),)),
    "never-healthy": Variant("starts.ready.web", (compose("8000/health", "8000/healthy"),)),
    "ends-at-once": Variant("starts.ready.web", (app("server.serve_forever()", "sys.exit(3)"),)),
    "slow-to-start": Variant(
        "starts.ready.web",
        (app(STARTS, "time.sleep(2)\nserver"), compose("slow: GET", "budget: 1500ms\n        slow: GET")),
    ),
    "falls-over-first": Variant("starts.once.web", (app(STARTS, ONCE),)),
    "check-is-true": Variant("starts.check.web", (compose(CHECK, 'test: ["CMD", "true"]'),)),
    "check-cannot-fail": Variant(
        "starts.check.web", (compose(CHECK, "test: python /app/check.py http://localhost:8000/health || exit 0"),)
    ),
    "check-looks-elsewhere": Variant("starts.check.web", (compose(CHECK, "test: test -s /app/app.py"),)),
    "listens-for-itself": Variant("reachable.web.8000", (app('("0.0.0.0", 8000)', '("127.0.0.1", 8000)'),)),
    "publishes-another-port": Variant(
        "reachable.web.8001", (compose(PUBLISHED, f'{PUBLISHED}\n      - "127.0.0.1:18471:8001"'),)
    ),
    "style-sheet-missing": Variant("reachable.web.links", (app('    "/style.css": (200', '    "/styles.css": (200'),)),
    "front-page-fails": Variant("reachable.web.8000", (app('    "/": (200', '    "/": (500'), FRONT)),
    "health-for-itself": Variant("reachable.web.health", (app(HEALTH, HEALTH_FOR_ITSELF),)),
    "no-network-in-common": Variant("isolated.finds.web", (compose("networks: [front, back]", "networks: [front]"),)),
    "database-for-everybody": Variant(
        "isolated.database.store",
        (compose("    networks: [back]\n", '    networks: [front, back]\n    ports: ["18472:6379"]\n'),),
    ),
    "on-the-machine-s-network": Variant(
        "isolated.unpublished.report",
        (compose(BEFORE_NETWORKS, f"{REPORT}    network_mode: host\n{BEFORE_NETWORKS}"),),
    ),
    "ignores-sigterm": Variant(
        "recovers.stops.web", (app(CLEAN_END, "signal.signal(signal.SIGTERM, signal.SIG_IGN)"),)
    ),
    "shell-keeps-the-signal": Variant(
        "recovers.stops.web",
        (compose('command: ["python", "/app/app.py"]', 'command: ["sh", "-c", "python /app/app.py; true"]'),),
    ),
    "drops-requests": Variant(
        "recovers.request.web", (app(CLEAN_END, "signal.signal(signal.SIGTERM, lambda *_: os._exit(0))"),)
    ),
    "no-policy": Variant("recovers.killed.web", (compose(POLICY, "    stop_grace_period: 3s\n"),)),
    "does-not-come-back": Variant(
        "recovers.killed.web",
        (
            app(STARTS, NEVER_AGAIN),
            app("server.server_close()", 'server.server_close()\nos.unlink("/tmp/started")'),
            BUDGET,
        ),
    ),
    "holds-on-to-its-connection": Variant(
        "recovers.dependents.store",
        (app(STARTS, "held = store()\nserver"), app("    try:\n        store().close()\n    except", HELD), BUDGET),
    ),
    "says-something-else": Variant(
        "yours.web.the-front-page-says-what-it-is-about", (app("<h1>Parcels</h1>", "<h1>Letters</h1>"),)
    ),
    "another-version": Variant("yours.web.the-version-is-told", (app('"version": 1', '"version": 2'),)),
    "another-answer": Variant(
        "yours.store.the-store-takes-a-value", (compose('{matches: "^1$$"}', '{matches: "^2$$"}'),)
    ),
}
