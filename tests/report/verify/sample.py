"""A report with everything that a form has to cope with: all verdicts, long and hostile texts, figures, pictures."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from pathlib import Path

from longshore.report.verify.forms import rendered
from longshore.state.observed import Published
from longshore.verify.portrait import Lap, Node, Portrait, Shot, Wire
from longshore.verify.result import Criterion, Evidence, Family, Origin, Report, Result, Seen, Verdict

HOSTILE = (
    """</pre><script>document.title='run'</script><img src=x onerror="document.title='run'">'";&amp; """
    "| `a` \x1b[31m \x00"
)


def picture(width: int, height: int) -> str:
    """A plain PNG, as base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((40, 90 + 100 * y // height, 160)) * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(png).decode()


def result(id_: str, sentence: str, seen: Seen, seconds: float = 0.2, *, method: str = "", advice: str = "") -> Result:
    family, _, rest = id_.partition(".")
    criterion = Criterion(
        id_, Family(family), sentence, method or "look at it", advice or "mend it", rest.split(".")[0]
    )
    return Result(criterion, seen, seconds)


EXCHANGE = """GET http://localhost:8080/api/photos
200 OK
server: nginx/1.22.1
content-type: application/json
content-length: 96

{"photos": [{"id": 1, "title": "Harbour at six", "album": "Coast", "width": 4032, "height": 3024}]}"""

LOG = "\n".join(f"2026-11-28T13:04:{n:02d}Z backend | INFO finished request {n} in {n * 3} ms" for n in range(60))
LOG += "\nand one\nand two that Markdown leaves out"

RESULTS = (
    result("starts.db", "db is ready", Seen(Verdict.HOLDS, "healthy within 60 s", "healthy after 0.91 s"), 0.0),
    result(
        "starts.backend", "backend is ready, and not before db", Seen(Verdict.HOLDS, "after db", "0.4 s after db"), 0.0
    ),
    result("starts.again", "a second up changes nothing", Seen(Verdict.HOLDS, "an empty plan", "an empty plan"), 0.31),
    result(
        "reachable.frontend.80",
        "frontend answers on its published port",
        Seen(
            Verdict.HOLDS,
            "an answer at 127.0.0.1:8080",
            "HTTP 200 after 4 ms",
            evidence=(Evidence("GET http://localhost:8080/api/photos", EXCHANGE),),
            measured=(("seconds until answered", 0.0042),),
        ),
        method="connect to what publishes 80 and speak HTTP",
    ),
    result(
        "reachable.frontend.links",
        "what the front page of frontend names loads",
        Seen(Verdict.HOLDS, "7 links below 400", "all load"),
    ),
    result(
        "reloads.backend",
        "a change of the source of backend shows in its answer",
        Seen(
            Verdict.HOLDS,
            "the marker within 20 s",
            "after 1.2 s, the process was restarted",
            measured=(("seconds until seen", 1.21),),
        ),
        3.4,
    ),
    result(
        "migrates.backend.pending",
        "no migration of backend is pending",
        Seen(
            Verdict.SHORT,
            "nothing to apply",
            "1 is pending: 0007_album_order",
            evidence=(
                Evidence(
                    "python manage.py showmigrations --plan", "[X]  photos.0006_likes\n[ ]  photos.0007_album_order"
                ),
            ),
        ),
        1.9,
        method="ask the database by the tool",
        advice="apply it: shore migrate up",
    ),
    result(
        "persists.postgres_data",
        "what is written to postgres_data survives down and up",
        Seen(Verdict.HOLDS, "the row is there", "the row is there after down and up"),
        8.4,
    ),
    result(
        "isolated.db.outside",
        "db cannot be reached from outside",
        Seen(Verdict.HOLDS, "no connection", "connection refused at 192.0.2.7:5432"),
    ),
    result(
        "recovers.bot",
        "bot finishes what it does before it stops",
        Seen(Verdict.UNCHECKED, reason="it took longer than 60 s"),
    ),
    result(
        "safe.backend.user",
        "backend does not run as root",
        Seen(Verdict.HOLDS, "a uid other than 0", "uid 1001 in 5 processes"),
    ),
    result(
        "safe.backend.vulnerabilities",
        "no known hole in what backend depends on",
        Seen(Verdict.SKIPPED, reason="pip-audit is not installed; install it with: pipx install pip-audit"),
    ),
    result(
        "yours.frontend.album",
        "Albums of <b>strangers</b> & friends stay shut",
        Seen(
            Verdict.SHORT,
            "status 404",
            "status 200",
            evidence=(Evidence(HOSTILE, HOSTILE), Evidence("log of backend", LOG)),
        ),
        0.6,
        method="GET /api/albums/2 without a session",
        advice="ask for the owner in the query",
    ),
)

LAPS = (
    Lap("db", 0.12, 1.03, "healthy"),
    Lap("backend", 1.05, 3.27, "healthy"),
    Lap("bot", 3.29, 3.3, "started"),
    Lap("collect", 1.04, 1.9, "ended with 0"),
    Lap("frontend", 3.3, 3.41, "healthy"),
)

PORTRAIT = Portrait(
    (
        Node(
            "frontend",
            "nginx 1.22.1 (asked nginx:alpine)",
            (Published("127.0.0.1", 8080, 80), Published("127.0.0.1", 8443, 443)),
            ("edge", "inside"),
            (),
            ("backend",),
            "compose.yaml",
            4,
        ),
        Node(
            "backend",
            "python 3.11 · uvicorn",
            (Published("127.0.0.1", 8000, 8000),),
            ("inside",),
            ("uploads_data → /app/uploads", "media → /app/media"),
            ("db", "collect"),
            "compose.yaml",
            16,
        ),
        Node("collect", "python 3.11", (), (), (), ("db",), "compose.yaml", 30),
        Node(
            "db",
            "postgres 16.2 (asked 16-alpine)",
            (),
            ("inside",),
            ("postgres_data → /var/lib/postgresql/data",),
            (),
            "compose.yaml",
            40,
        ),
        Node("bot", "", (), ("inside", "edge"), (), ("backend",), "compose.yaml", 60),
    ),
    (Wire("edge"), Wire("inside", internal=True)),
    LAPS,
    (Shot("frontend", "http://localhost:8080/", picture(1280, 800), 1280, 800),),
)

ORIGIN = Origin(
    "gallery",
    "native",
    "plain processes as root, base Debian bookworm",
    "Linux 6.1.0 x86_64",
    "0.1.0",
    fresh=True,
    commit="3472a6cd1b5e94f8a0",
    clean=False,
    began=1795957200.0,
)

TIMELINE = "db        started   0.12 s  healthy   1.03 s\nbackend   started   1.05 s  healthy   3.27 s"

REPORT = Report(ORIGIN, RESULTS, 27.4, TIMELINE, PORTRAIT)
EMPTY = Report(ORIGIN, (), 0.1)


RECORDED = Path(__file__).parent / "recorded"
ENDS = {"html": "html", "junit": "xml", "markdown": "md", "sarif": "sarif"}
"""The forms that are kept, whole, with the ends of their files' names."""


def whole(report: Report, form: str) -> str:
    """What a form prints of a report; of the page not its style sheet and not the pictures' bytes."""
    text = re.sub(r"<style>.*?</style>", "<style/>", rendered(report, form), flags=re.DOTALL)
    text = re.sub(r"sha256-[\w+/=]+", "sha256-", re.sub(r"base64,[\w+/=]+", "base64,", text))
    return text.replace("<g", "\n<g").replace("<section", "\n<section") + "\n"


if __name__ == "__main__":  # records anew what the forms print
    RECORDED.mkdir(exist_ok=True)
    for form, end in ENDS.items():
        (RECORDED / f"report.{end}").write_text(whole(REPORT, form))
        (RECORDED / f"nothing.{end}").write_text(whole(EMPTY, form))
