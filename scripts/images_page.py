"""Write docs/reference/native-images.md: what the native engine stands in for, from the records of its providers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from textwrap import fill

from longshore.native.image.catalog import registry
from longshore.native.image.catalog.provider import Provider, Refusal
from longshore.native.image.debian.releases import RELEASES

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/native-images.md"

HEAD = """\
# Images on the native engine

Where a registry answers, the native engine runs [real images](../how-to/real-images.md). Where none does, or with
`--images builtin`, it makes what it needs from signed Debian packages, and from a few programs of PyPI and npm that
are pinned by version and SHA-256. `shore up` and `shore ps` say what serves for
each service; what cannot be had is refused before anything starts. Another image can be
[added](../how-to/add-a-provider.md). This page is made by `python scripts/images_page.py` from the providers' own
records (`src/longshore/native/image/providers`).

| asked | made from | on |
|---|---|---|
"""

VERSIONS = """
**Versions.** The same major.minor of Python and the same major of Node, PostgreSQL, Redis and nginx count as exact.
Of memcached and RabbitMQ another minor version of the same major serves, which is said. A database's major version
(of MariaDB the series, such as 10.11) never deviates: another one is refused. A digest in the reference (`@sha256:…`)
cannot be honoured by what is made here, which is said.

**Variants.** `-slim` has what the official slim images have. Without it, the compilers and headers of Docker's
`buildpack-deps` come on top (not ImageMagick, Mercurial and Subversion). `-alpine` stands on Debian too: busybox's
`wget`, `nc` and others are there; `apk add` takes Alpine's names and installs the Debian package (what has no
counterpart is named before the build starts, with its line); `adduser` and `addgroup` take busybox's options. The C
library is glibc, and `bash` exists.

## Servers

Environment, entry points, data paths, users and default commands are those of the official images, `_FILE` variables
and `/docker-entrypoint-initdb.d` included. A volume remembers the kind and version of the server that first wrote to
it, and another is refused.

| server | port | data lie in | a volume remembers | a first start needs | health checks asked without a process |
|---|---|---|---|---|---|
"""

BUILDS = """
As an ordinary user, servers start directly under their final user instead of starting as root and stepping down.

## Builds

Every Dockerfile instruction is carried out; `RUN --mount=type=ssh`, `--security=insecure`, `ADD` of a git repository,
remote contexts and other platforms are refused before the build starts; `ONBUILD` is left out.

- Steps are cached by content, shared between projects. `build.step` events say why a step was not taken from the cache.
- RUN uses the host's network, proxy, trusted certificates, package indexes (pip, uv, npm, corepack, apt mirrors). They
  are there while the command runs, and in no layer, cache key or service. The home directory and the context are not
  visible.
- As root RUN has Docker's default capabilities (less MKNOD) and seccomp profile. As an ordinary user it runs in a user
  namespace with one id, where calls that give files or processes to another user succeed; owners are written down for
  `push`, `save` and services of many ids:
  `apt-get install`, `useradd` and `chown -R` pass; `ls -l` shows one owner; `su` and `gosu` stay the same user.
- `--offline` uses the cache only and says what is missing.

The cache is `$XDG_CACHE_HOME/longshore`; it is safe to delete while nothing runs.
"""


def page() -> str:
    """The whole page."""
    known = [found for name in registry.OWN if (found := registry.find(name))]
    providers = list(dict.fromkeys(found.name for found in known if isinstance(found, Provider)))
    records = [found for name in providers if isinstance(found := registry.find(name), Provider)]
    refusals = {found.names: found for found in known if isinstance(found, Refusal)}
    return "".join([
        HEAD,
        *(row for record in records for row in _made(record)),
        VERSIONS,
        *(row for record in records if record.port for row in _served(record)),
        *_notes(records),
        *(_wrapped(f"**{', '.join(names)}** is refused: {refusal.todo}.") for names, refusal in refusals.items()),
        BUILDS,
    ])  # fmt: skip


def _made(record: Provider) -> Iterator[str]:
    """One row for the versions that come from the same source."""
    by_source = sorted(record.versions, key=lambda version: record.sources.get(version, record.source))
    extras = "".join(f", also `-{extra}`" for extra in record.extras)
    for source, group in groupby(by_source, lambda version: record.sources.get(version, record.source)):
        versions = sorted(group, key=lambda version: [int(number) for number in version.split(".")])
        asked = ", ".join([f"`{record.name}:{versions[0]}`", *(f"`{version}`" for version in versions[1:])])
        names = "".join(f" · `{name}`" for name in record.names[1:])
        yield f"| {asked}{names}{extras} | {source} | {_ground([record.versions[v] for v in versions])} |\n"


def _ground(releases: list[str]) -> str:
    if set(releases) == {""}:
        return "the release that the tag names, else the host's"
    return "Debian " + ", ".join(RELEASES[release] for release in dict.fromkeys(releases))


def _served(record: Provider) -> Iterator[str]:
    """A row for the versions whose servers are alike."""
    for _, group in groupby(record.versions, lambda version: record.server(version).data if record.server else ""):
        versions = list(group)
        server = record.server(versions[-1]) if record.server else None
        few = "" if len(versions) == len(record.versions) else f" {', '.join(versions)}"
        yield "| {} | {} | {} | {} | {} | {} |\n".format(
            f"`{record.name}`{few}", record.port,
            f"`{server.data}`" if server else "", f"`{server.kind} {server.major}`" if server else "",
            ", ".join(f"`{name}`" for name in record.needs),
            ", ".join(f"`{' '.join((program, *server.client.words))}`" for program in server.client.programs)
            if server and server.client else "",
        )  # fmt: skip


def _notes(records: list[Provider]) -> Iterator[str]:
    yield "\nDifferences from the images of these names:\n\n"
    for record in records:
        for note in record.notes:
            yield _wrapped(f"**{record.name}**: {note}")


def _wrapped(text: str) -> str:
    return fill(text, 118, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
