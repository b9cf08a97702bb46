#!/usr/bin/env python3
"""Records what pip-audit and npm audit really print: of two small projects, asked by the programs themselves from a
list of holes that this script serves here, and, for npm, from a registry that has none.

`record.py` writes pip-audit.json, pip-audit-no-list.json, npm-audit.json and npm-audit-refused.json beside itself. It
needs pip-audit >= 2.9 and npm on PATH."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HOLES = {
    "minimist": [{"id": 1179, "url": "https://github.com/advisories/GHSA-xvch-5gv4-984h", "severity": "critical",
                  "title": "Prototype Pollution in minimist", "vulnerable_versions": "<0.2.4", "cwe": ["CWE-1321"],
                  "cvss": {"score": 9.8, "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],
    "ws": [{"id": 1748, "url": "https://github.com/advisories/GHSA-6fc8-4gx4-v693", "severity": "moderate",
            "title": "ReDoS in Sec-Websocket-Protocol header", "vulnerable_versions": ">=7.0.0 <7.4.6",
            "cwe": ["CWE-345"], "cvss": {"score": 5.3, "vectorString": None}}],
}  # fmt: skip
PACKAGES = {
    "minimist": {"0.0.8": {}, "1.2.8": {}},
    "mkdirp": {"0.5.1": {"minimist": "0.0.8"}, "0.5.6": {"minimist": "^1.2.6"}},
    "ws": {"7.0.0": {}, "8.18.0": {}},
    "ms": {"2.1.3": {}},
}
WANTED = {"mkdirp": "0.5.1", "ws": "7.0.0", "ms": "2.1.3"}
OSV = {"jinja2": [{"id": "PYSEC-2019-217", "aliases": ["CVE-2019-10906"], "details": "The sandbox can be left.",
                   "modified": "2020-01-01T00:00:00Z",
                   "affected": [{"package": {"name": "jinja2", "ecosystem": "PyPI"}, "ranges": [
                       {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}]}]}]}]}  # fmt: skip


class Lists(BaseHTTPRequestHandler):
    """The registry's list of holes (POST), its packages (GET), and OSV's query."""

    refuses = False

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.refuses:
            self._answer(405, None)
        elif self.path == "/v1/query":
            self._answer(200, {"vulns": OSV.get(json.loads(body)["package"]["name"], [])})
        else:
            self._answer(200, HOLES)

    def do_GET(self) -> None:
        name = self.path.strip("/")
        versions = {
            version: {"name": name, "version": version, "dependencies": needs}
            for version, needs in PACKAGES.get(name, {}).items()
        }
        latest = next(reversed(versions), "")
        found = {"name": name, "versions": versions, "dist-tags": {"latest": latest}}
        self._answer(200 if versions else 404, found)

    def _answer(self, status: int, value: Any) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        del words


class NoLists(Lists):
    refuses = True


@contextmanager
def serving(kind: type[Lists]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def lock_file() -> dict[str, Any]:
    def entry(name: str, version: str) -> dict[str, Any]:
        return {"version": version, **({"dependencies": needs} if (needs := PACKAGES[name][version]) else {})}

    packages: dict[str, Any] = {"": {"name": "sample", "version": "1.0.0", "dependencies": WANTED}}
    packages |= {f"node_modules/{name}": entry(name, version) for name, version in WANTED.items()}
    packages["node_modules/minimist"] = entry("minimist", "0.0.8")
    return {"name": "sample", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}


def npm(folder: Path, registry: str) -> dict[str, Any]:
    words = ("npm", "audit", "--json", "--package-lock-only", "--omit", "dev", "--registry", registry)
    return said(words, folder, registry)


def pip_audit(folder: Path, *words: str) -> dict[str, Any]:
    call = ("pip-audit", "--format", "json", "--progress-spinner", "off", "--no-deps", "--disable-pip", "-r", "r.txt")
    return said((*call, *words), folder, "")


def said(words: tuple[str, ...], folder: Path, address: str) -> dict[str, Any]:
    """What it printed, and its version; the address of this script is told as the registry's that it stands for."""
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    version = subprocess.run((words[0], "--version"), capture_output=True, text=True, check=True).stdout.strip()
    kept = [line for line in done.stderr.splitlines() if "complete log" not in line and not line.startswith("WARNING")]
    text = json.dumps({"program": f"{words[0]} {version}", "code": done.returncode, "out": done.stdout,
                       "err": "\n".join(kept)})  # fmt: skip
    return dict(json.loads(text.replace(address, "http://localhost:4873") if address else text))


def main() -> None:
    with tempfile.TemporaryDirectory() as name, serving(Lists) as lists, serving(NoLists) as none:
        folder = Path(name)
        (folder / "r.txt").write_text("jinja2==2.10\nidna==3.10\n")
        (folder / "package.json").write_text(json.dumps({"name": "sample", "version": "1.0.0", "dependencies": WANTED}))
        (folder / "package-lock.json").write_text(json.dumps(lock_file()))
        found = {
            "npm-audit": npm(folder, lists),
            "npm-audit-refused": npm(folder, none),
            "pip-audit": pip_audit(folder, "--vulnerability-service", "osv", "--osv-url", f"{lists}/v1/query"),
            "pip-audit-no-list": pip_audit(folder),
        }
    for title, value in found.items():
        (HERE / f"{title}.json").write_text(json.dumps(value, indent=1) + "\n")
        print(title, value["program"], "exit code", value["code"], file=sys.stderr)


if __name__ == "__main__":
    main()
