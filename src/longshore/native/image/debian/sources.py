"""The host's Debian sources, read so that base images come from the same mirrors; pure text work.

Formats: sources.list(5), the one-line style and deb822 style."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from longshore.model.record import record, replace

__all__ = [
    "ARCHIVE_KEYS",
    "Source",
    "for_release",
    "host_release",
    "host_sources",
    "parse_deb822",
    "parse_one_line",
    "render",
]

ARCHIVE_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
POCKETS = ("", "-updates", "-security")
SECURITY = "-security"


@record
class Source:
    """One archive: where it is, which suites and components, and the keys that must have signed it."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...] = ("main",)
    signed_by: str = ""


DEFAULT = (
    Source(("http://deb.debian.org/debian",), ("", "-updates"), signed_by=ARCHIVE_KEYS),
    Source(("http://deb.debian.org/debian-security",), ("-security",), signed_by=ARCHIVE_KEYS),
)
"""Debian's own addresses; the suites here are what follows the release's name."""


def host_sources(directory: Path = Path("/etc/apt")) -> tuple[Source, ...]:
    """Every enabled binary source of the host's apt, in apt's order."""
    found: list[Source] = []
    main = directory / "sources.list"
    parts = directory / "sources.list.d"
    if main.is_file():
        found += parse_one_line(main.read_text(errors="replace"))
    for path in sorted(parts.glob("*")) if parts.is_dir() else ():
        if path.suffix == ".list":
            found += parse_one_line(path.read_text(errors="replace"))
        elif path.suffix == ".sources":
            found += parse_deb822(path.read_text(errors="replace"))
    return tuple(found)


def parse_one_line(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        match = re.match(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<rest>\S.*)", line.split("#", 1)[0].strip())
        if not match:
            continue
        uri, suite, *components = match["rest"].split()
        options = dict(part.split("=", 1) for part in (match["options"] or "").split() if "=" in part)
        yield Source((uri,), (suite,), tuple(components), options.get("signed-by", ""))


def parse_deb822(text: str) -> Iterator[Source]:
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false"):
            continue
        yield Source(
            tuple(fields.get("uris", "").split()),
            tuple(fields.get("suites", "").split()),
            tuple(fields.get("components", "").split()),
            fields.get("signed-by", "").strip(),
        )


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            fields[name] += "\n" + line
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def for_release(sources: Iterable[Source], release: str, host_release: str) -> tuple[Source, ...]:
    """Sources that serve Debian's main archive of `release`: the host's own mirrors with the release's name put in,
    or Debian's addresses where the host is not Debian (or has no such source)."""
    found: list[Source] = []
    for source in sources:
        pockets = [pocket for suite in source.suites if (pocket := _pocket(suite, host_release)) is not None]
        if not pockets or "main" not in source.components:
            continue
        suites = tuple(_suite(release, pocket) for pocket in pockets)
        keys = source.signed_by or ARCHIVE_KEYS
        found.append(replace(source, suites=suites, components=("main",), signed_by=keys))
    if not any(release in source.suites for source in found):
        return tuple(replace(d, suites=tuple(_suite(release, p) for p in d.suites)) for d in DEFAULT)
    return tuple(found)


def _pocket(suite: str, release: str) -> str | None:
    """What `suite` is of `release`: "" the release itself, "-updates", "-security", or None (not of it)."""
    for pocket in POCKETS:
        if release and suite == release + pocket:
            return pocket
    return SECURITY if release and suite == f"{release}/updates" else None


def _suite(release: str, pocket: str) -> str:
    return f"{release}{pocket}"


def render(sources: Iterable[Source]) -> str:
    """deb822 text for `sources`, as Debian's own images carry it in /etc/apt/sources.list.d/debian.sources."""
    stanzas = []
    for source in sources:
        lines = [
            "Types: deb",
            f"URIs: {' '.join(source.uris)}",
            f"Suites: {' '.join(source.suites)}",
            f"Components: {' '.join(source.components)}",
        ]
        if source.signed_by:
            lines.append(f"Signed-By: {source.signed_by}")
        stanzas.append("\n".join(lines) + "\n")
    return "\n".join(stanzas)


def host_release(files: Iterable[str] = ("/etc/os-release", "/usr/lib/os-release")) -> str:
    """The host's Debian code name ("bookworm"), or "" when the host is not Debian (os-release(5))."""
    for name in files:
        try:
            lines = Path(name).read_text(errors="replace").splitlines()
        except OSError:
            continue
        known = {key: value.strip("\"'") for key, _, value in (line.partition("=") for line in lines)}
        return known.get("VERSION_CODENAME", "") if known.get("ID") == "debian" else ""
    return ""
