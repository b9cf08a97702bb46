"""A certificate authority that speaks ACME, as one's own is: Debian's Caddy, in a mount namespace of its own, where the
names of the test lead to a node."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PORT = 14443
CONFIG = """\
{{
	storage file_system {folder}/store
	skip_install_trust
	auto_https disable_redirects
	admin off
}}
https://{address}:{port} {{
	tls internal
	acme_server
}}
"""
BEGIN = "mount --bind {folder}/hosts /etc/hosts; exec caddy run --config {folder}/Caddyfile --adapter caddyfile"
START_SECONDS = 30.0


@dataclass(frozen=True)
class Authority:
    """`directory` is its address, `root` the file of its root certificate."""

    directory: str
    root: Path


@contextmanager
def authority(folder: Path, address: str, names: Iterable[str], node: str) -> Iterator[Authority]:
    """At an address of this machine; for it the names are those of `node`."""
    folder.mkdir()
    (folder / "Caddyfile").write_text(CONFIG.format(folder=folder, address=address, port=PORT))
    (folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"{node} {name}\n" for name in names))
    words = ["unshare", "-m", "sh", "-ec", BEGIN.format(folder=folder)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    found = Authority(f"https://{address}:{PORT}/acme/local/directory", folder / "store/pki/authorities/local/root.crt")
    try:
        end = time.monotonic() + START_SECONDS
        while not _answers(found):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.1)
        yield found
    finally:
        process.terminate()
        process.wait()


def _answers(one: Authority) -> bool:
    import ssl

    if not one.root.exists():
        return False
    context = ssl.create_default_context(cafile=str(one.root))
    try:
        with urllib.request.urlopen(one.directory, timeout=5, context=context) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
