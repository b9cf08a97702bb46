"""How a marker gets into the code of each framework so that an answer shows it. Reads files, changes none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from longshore.model.record import record
from longshore.model.service import Mount, Service

__all__ = ["Probe", "code_mounts", "probe_for"]

CODE = frozenset({".py", ".js", ".mjs", ".ts", ".jsx", ".tsx", ".vue", ".svelte"})
LEFT_OUT = frozenset(
    {"node_modules", ".git", ".next", ".venv", "venv", "__pycache__", "dist", "build", "tests", "test"}
)
DEEPEST = 4
MOST = 4000
"""Files of one mount that are looked at."""


@record
class Probe:
    """`file` is changed: `change` gives its new text for a marker from the old one ("" for one that is not there yet).
    The answer at `path` then shows the marker. `what` names the framework."""

    what: str
    file: Path
    path: str
    change: Callable[[str, str], str]


def code_mounts(service: Service) -> tuple[Mount, ...]:
    """The folders of source code that a service sees live."""
    return tuple(
        mount for mount in service.mounts
        if mount.type == "bind" and Path(mount.source).is_dir() and next(_files(Path(mount.source), CODE), None)
    )  # fmt: skip


def probe_for(mounts: Sequence[Mount], commands: Iterable[str], token: str) -> Probe | None:
    """The probe for what runs by these command lines, with an address that nothing else has; None where no framework
    is known."""
    said = " \n".join(commands)
    path = f"/shore-verify-{token}"
    folders = [(Path(mount.source), mount.target.rstrip("/")) for mount in mounts]
    for find in (_next, _vite, _django, _asgi_or_wsgi):
        found = find(folders, said, path)
        if found:
            return found
    return None


Folders = Sequence[tuple[Path, str]]


def _files(folder: Path, endings: frozenset[str]) -> Iterator[Path]:
    """Code below a folder, the nearest first."""
    level, seen = [folder], 0
    for _ in range(DEEPEST):
        below: list[Path] = []
        for one in level:
            try:
                entries = sorted(one.iterdir())
            except OSError:
                continue
            for entry in entries:
                seen += 1
                if seen > MOST:
                    return
                if entry.is_dir() and not entry.is_symlink() and entry.name not in LEFT_OUT:
                    below.append(entry)
                elif entry.suffix in endings and entry.is_file():
                    yield entry
        level = below


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _appended(addition: str) -> Callable[[str, str], str]:
    """The old text with more at its end; MARKER in it is the marker."""

    def change(old: str, marker: str) -> str:
        return f"{old.rstrip()}\n\n{addition.replace('MARKER', marker)}" if old else addition.replace("MARKER", marker)

    return change


# FastAPI, Starlette, Flask.

_MODULE = re.compile(r"(?:^|\s)([A-Za-z_][\w.]*):([A-Za-z_]\w*)(?=\s|$|\()")
_APP = re.compile(r"^(?P<name>\w+)(?:\s*:\s*\w+)?\s*=\s*(?:\w+\.)?(?P<kind>FastAPI|Starlette|Flask)\(", re.MULTILINE)
_FACTORY = "^{name}\\s*(?::[^=]+)?=\\s*\\w[\\w.]*\\("

_ASGI = """

class _ShoreVerify(type(NAME)):
    async def __call__(self, scope, receive, send):
        if scope["type"] == "http" and scope["path"].endswith("PATH"):
            head = [(b"content-type", b"text/plain")]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": b"MARKER"})
        else:
            await super().__call__(scope, receive, send)


NAME.__class__ = _ShoreVerify
"""
_WSGI = """

def _shore_verify(environ, start, _inner=NAME.wsgi_app):
    if environ.get("PATH_INFO", "").endswith("PATH"):
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"MARKER"]
    return _inner(environ, start)


NAME.wsgi_app = _shore_verify
"""


def _asgi_or_wsgi(folders: Folders, said: str, path: str) -> Probe | None:
    for module, name in _MODULE.findall(said):
        for file in _of_module(folders, module):
            text = _text(file)
            kinds = {match["name"]: match["kind"] for match in _APP.finditer(text)}
            if name in kinds or re.search(_FACTORY.format(name=name), text, re.MULTILINE):
                return _app_probe(file, name, kinds.get(name) or _kind_of(folders, said), path)
    for folder, _ in folders:
        for file in _files(folder, frozenset({".py"})):
            match = _APP.search(_text(file))
            if match:
                return _app_probe(file, match["name"], match["kind"], path)
    return None


def _kind_of(folders: Folders, said: str) -> str:
    """What a factory makes: by the server, else by what the code imports."""
    if re.search(r"\b(?:uvicorn|hypercorn|fastapi|daphne)\b", said, re.IGNORECASE):
        return "FastAPI"
    texts = (_text(file) for folder, _ in folders for file in _files(folder, frozenset({".py"})))
    return "Flask" if any("Flask(" in text for text in texts) else "FastAPI"


def _app_probe(file: Path, name: str, kind: str, path: str) -> Probe:
    template = _WSGI if kind == "Flask" else _ASGI
    return Probe(kind, file, path, _appended(template.replace("NAME", name).replace("PATH", path).lstrip("\n")))


def _of_module(folders: Folders, module: str) -> Iterator[Path]:
    """Where a module that is imported by that name may lie, through the mounts."""
    parts = module.split(".")
    for folder, target in folders:
        inside = target.rsplit("/", 1)[-1]
        for below in (parts, parts[1:] if parts[0] == inside else []):
            if below:
                yield from filter(Path.is_file, (folder.joinpath(*below).with_suffix(".py"),
                                                 folder.joinpath(*below, "__init__.py")))  # fmt: skip


# Django.

_URLCONF = re.compile(r"^ROOT_URLCONF\s*=\s*[\"']([\w.]+)[\"']", re.MULTILINE)
_DJANGO = """from django.http import HttpResponse as _ShoreVerify
from django.urls import path as _shore_path

urlpatterns = [_shore_path("PATH", lambda request: _ShoreVerify("MARKER")), *urlpatterns]
"""


def _django(folders: Folders, said: str, path: str) -> Probe | None:
    for folder, _ in folders:
        for file in _files(folder, frozenset({".py"})):
            match = _URLCONF.search(_text(file)) if "settings" in str(file) else None
            for urls in _of_module(folders, match[1]) if match else ():
                if "urlpatterns" in _text(urls):
                    return Probe("Django", urls, path, _appended(_DJANGO.replace("PATH", path.lstrip("/"))))
    return None


# Vite.

_ENTRY = re.compile(r"<script[^>]*\bsrc=[\"']/?([^\"':]+\.(?:m?[jt]sx?))[\"']")


def _vite(folders: Folders, said: str, path: str) -> Probe | None:
    if not re.search(r"\bvite\b", said):
        return None
    change = _appended('export const shoreVerify = "MARKER";\n')
    for folder, target in folders:
        for entry in _ENTRY.findall(_text(folder / "index.html")):
            if (folder / entry).is_file():
                return Probe("Vite", folder / entry, f"/{entry}", change)
        if target.endswith("/src"):
            for name in ("main.tsx", "main.ts", "main.jsx", "main.js", "index.tsx", "index.jsx"):
                if (folder / name).is_file():
                    return Probe("Vite", folder / name, f"/src/{name}", change)
    return None


# Next.js.


def _next(folders: Folders, said: str, path: str) -> Probe | None:
    if not re.search(r"\bnext(?:-server|-router-worker)?\b", said):
        return None
    name = path.strip("/")
    for folder, target in folders:
        inside = target.rsplit("/", 1)[-1]
        places = [folder / "app", folder / "src/app", *([folder] if inside == "app" and _has_pages(folder) else [])]
        for place in places:
            if place.is_dir() and _has_pages(place):
                file = place / "api" / name / "route.js"
                text = 'export const dynamic = "force-dynamic";\nexport const GET = () => new Response("MARKER");\n'
                return Probe("Next.js", file, f"/api{path}", _whole(text))
        for place in (folder / "pages", folder / "src/pages", *([folder] if inside == "pages" else [])):
            if place.is_dir():
                text = 'export default function handler(request, response) {\n  response.send("MARKER");\n}\n'
                return Probe("Next.js", place / "api" / f"{name}.js", f"/api{path}", _whole(text))
    return None


def _has_pages(folder: Path) -> bool:
    return any(
        (folder / f"{name}.{end}").is_file() for name in ("layout", "page") for end in ("tsx", "jsx", "js", "ts")
    )


def _whole(text: str) -> Callable[[str, str], str]:
    def change(old: str, marker: str) -> str:
        del old
        return text.replace("MARKER", marker)

    return change
