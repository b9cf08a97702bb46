"""Images of a few megabytes for a Swarm whose every node must fetch them: Python with what the site of these tests
loads, and Caddy with the programs that the proxy's job runs. They stand for python:3.11-slim and caddy:2."""

from __future__ import annotations

import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from tests.docker.dockerd import CLI
from tests.images import Entry, member
from tests.localregistry import programs
from tests.ship.swarmnode import Node

PYTHON = "/usr/bin/python3"
LOADED = """\
import sys, runpy, encodings.idna, http.client, http.server, os, random, signal, socket, threading, time, pathlib
print(*sorted({one.__file__ for one in sys.modules.values() if getattr(one, '__file__', None)}), sep='\\n')
"""
SITE_PROGRAMS = ("sh", "cat", "sleep")
PACKED = "tar -chf - -C / $(ldd /{program} | grep -o '/[^ ]*' | cut -c2-) {program}"
JOB_PROGRAMS = ("sh", "cat", "tail", "grep", "mv", "mkdir", "hostname", "sleep", "chmod", "sed", "tr",
                "wget")  # fmt: skip


def why_not() -> str:
    return "" if Path(PYTHON).exists() else f"no {PYTHON} (apt-get install python3)"


def python_to(node: Node, reference: str) -> None:
    """Give the node an image of this machine's Python."""
    said = subprocess.run([PYTHON, "-S", "-E", "-c", LOADED], capture_output=True, text=True, check=True).stdout
    files = [Path(PYTHON).resolve(), *map(Path, said.split())]
    entries: list[Entry] = [(member(_inside(one), mode=0o755), one.read_bytes()) for one in files]
    entries.append(member("bin/python3", tarfile.SYMTYPE, files[0].name))
    binaries = [one for one in files if one.suffix == ".so" or one == files[0]]
    there = _names(programs(SITE_PROGRAMS))
    more = [one for one in (*entries, *_libraries(binaries)) if _name(one) not in there]
    _import(node, reference, programs(SITE_PROGRAMS, more))


def caddy_to(node: Node, host: str, reference: str) -> None:
    """Give the node the Caddy that the engine at `host` has, with what it loads."""
    _program_to(node, host, reference, "bin/caddy", JOB_PROGRAMS)


def nginx_to(node: Node, host: str, reference: str) -> None:
    """The same of nginx, which is /usr/sbin/nginx."""
    _program_to(node, host, reference, "usr/sbin/nginx", SITE_PROGRAMS)


def _program_to(node: Node, host: str, reference: str, program: str, beside: tuple[str, ...]) -> None:
    packed = PACKED.format(program=program)
    words = ("run", "--rm", "--network=none", "--entrypoint", "/bin/sh", reference, "-c", packed)
    there, more = _names(programs(beside)), list[Entry]()
    with tarfile.open(fileobj=BytesIO(_docker(host, *words))) as tar:
        for one in tar.getmembers():
            file = tar.extractfile(one)
            if file and one.name not in there:
                more.append((member(one.name, mode=0o755), file.read()))
    _import(node, reference, programs(beside, more))


def _inside(path: Path) -> str:
    """/usr/bin is a link there."""
    return str(path).replace("/usr/bin/", "/bin/").lstrip("/")


def _libraries(binaries: Iterable[Path]) -> Iterator[Entry]:
    said = subprocess.run(["ldd", *map(str, binaries)], capture_output=True, text=True).stdout
    for library in sorted(set(re.findall(r"(/\S+) \(0x", said))):
        yield (member(library.lstrip("/"), mode=0o755), Path(library).resolve().read_bytes())


def _names(layer: bytes) -> set[str]:
    with tarfile.open(fileobj=BytesIO(layer)) as tar:
        return set(tar.getnames())


def _name(entry: Entry) -> str:
    info = entry[0] if isinstance(entry, tuple) else entry
    return info if isinstance(info, str) else info.name


def _import(node: Node, reference: str, layer: bytes) -> None:
    words = [CLI, "-H", node.host, "import", "--change", "ENV PATH=/usr/bin:/bin", "-", reference]
    done = subprocess.run(words, input=layer, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def _docker(host: str, *words: str) -> bytes:
    return subprocess.run([CLI, "-H", host, *words], check=True, capture_output=True).stdout
