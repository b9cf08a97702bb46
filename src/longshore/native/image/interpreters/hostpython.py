"""Interpreters of this machine (pyenv, uv, PATH) as the source of a Python that no Debian release here carries."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from longshore.model.record import record
from longshore.native.image.debian.releases import LIBRARIES, Libraries
from longshore.native.image.interpreters.wheels import install_wheel

__all__ = ["Interpreter", "copy", "find", "serves_on"]

MODULES = ("ssl", "sqlite3", "ctypes", "lzma", "bz2", "zlib", "readline", "hashlib", "uuid")
"""Extension modules that the official image has; an interpreter built without one is passed over."""
PROBE = f"""
import importlib, json, os, sys, sysconfig
for name in {MODULES!r}: importlib.import_module(name)
print(json.dumps([sys.version.split()[0], sys.base_prefix, sysconfig.get_config_var("LDLIBRARY") or ""]))
"""
SKIPPED = shutil.ignore_patterns(
    "site-packages", "__pycache__", "test", "tests", "idlelib", "*.a", "EXTERNALLY-MANAGED"
)


@record
class Interpreter:
    """An interpreter that can be copied: its whole version and the prefix that holds it and nothing else's files."""

    version: str
    prefix: Path

    @property
    def minor(self) -> str:
        return ".".join(self.version.split(".")[:2])


GLIBC = re.compile(rb"GLIBC_2\.(\d+)")
SONAME = re.compile(rb"lib(?:ssl|crypto|ffi)\.so\.[0-9.]*[0-9]")


@cache
def needs(interpreter: Interpreter) -> Libraries:
    """What its programs and libraries were linked against."""
    name, prefix = f"python{interpreter.minor}", interpreter.prefix
    glibc, sonames = 0, set[str]()
    named = (
        prefix / "bin" / name,
        *(prefix / "lib").glob(f"lib{name}*.so*"),
        *(prefix / "lib" / name / "lib-dynload").glob("*.so"),
    )
    for path in {path.resolve() for path in named}:  # a library has several names
        content = path.read_bytes()
        glibc = max([glibc, *(int(found) for found in GLIBC.findall(content))])
        sonames |= {found.decode() for found in SONAME.findall(content)}
    return Libraries(glibc, tuple(sorted(sonames)))


def serves_on(interpreter: Interpreter, release: str) -> bool:
    """Whether a copy of it runs on this release of Debian."""
    wanted, there = needs(interpreter), LIBRARIES[release]
    return wanted.glibc <= there.glibc and set(wanted.sonames) <= set(there.sonames)


@cache
def find(minor: str) -> Interpreter | None:
    """The newest usable interpreter of `minor` that this user may read, or None. Distribution prefixes (/usr) are no
    source: their files cannot be told from the rest."""
    for program in _candidates(minor):
        found = _probe(program, minor)
        if found is not None:
            return found
    return None


def _candidates(minor: str) -> Iterator[Path]:
    home = Path.home()
    roots = [
        (Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions", f"{minor}.*/bin/python{minor}"),
        (
            Path(os.environ.get("UV_PYTHON_INSTALL_DIR", home / ".local/share/uv/python")),
            f"cpython-{minor}.*/bin/python{minor}",
        ),
        (Path("/opt/hostedtoolcache/Python"), f"{minor}.*/*/bin/python{minor}"),
    ]
    for base, pattern in roots:
        if os.access(base, os.R_OK | os.X_OK):
            yield from sorted(base.glob(pattern), key=_patch, reverse=True)
    on_path = shutil.which(f"python{minor}")
    if on_path:
        yield Path(on_path)


def _patch(program: Path) -> list[int]:
    digits = "".join(c if c.isdigit() else " " for c in str(program)).split()
    return [int(number) for number in digits]


def _probe(program: Path, minor: str) -> Interpreter | None:
    try:
        result = subprocess.run([program, "-I", "-c", PROBE], capture_output=True, text=True, timeout=20, check=False)
        version, prefix, _ = json.loads(result.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    if not version.startswith(f"{minor}.") or prefix in ("/usr", "/"):
        return None
    return Interpreter(version, Path(prefix))


def copy(source: Interpreter, local: Path) -> None:
    """Copy the interpreter, its library and its headers to `local`, with a fresh pip; its own site-packages stay."""
    minor = source.minor
    name = f"python{minor}"
    (local / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy2((source.prefix / "bin" / name).resolve(), local / "bin" / name)
    (headers,) = list((source.prefix / "include").glob(f"{name}*"))[:1] or (None,)
    for tree in (source.prefix / "lib" / name, *([headers] if headers else [])):
        shutil.copytree(tree, local / tree.relative_to(source.prefix), symlinks=True, ignore=SKIPPED)
    for program in (f"{name}m", f"{name}-config", f"{name}m-config", f"pydoc{minor}"):
        if (source.prefix / "bin" / program).exists():
            shutil.copy2(source.prefix / "bin" / program, local / "bin" / program)
    for library in (source.prefix / "lib").glob(f"lib{name}*.so*"):
        shutil.copy2(library, local / "lib" / library.name, follow_symlinks=False)
    (local / "lib" / name / "site-packages").mkdir(exist_ok=True)
    _prefix(local, source, minor)
    _pip(local, minor)


def _prefix(local: Path, source: Interpreter, minor: str) -> None:
    """Say /usr/local wherever the build recorded the prefix it was made for."""
    lib = local / f"lib/python{minor}"
    for path in (
        *lib.glob("_sysconfigdata_*.py"),
        *lib.glob("config-*/Makefile"),
        *(local / "bin").glob("*-config"),
        *(local / "bin").glob("pydoc*"),
    ):
        path.write_text(path.read_text().replace(str(source.prefix), "/usr/local"))


def _pip(local: Path, minor: str) -> None:
    """Put ensurepip's bundled wheels into site-packages."""
    lib = local / f"lib/python{minor}"
    for wheel in sorted((lib / "ensurepip/_bundled").glob("*.whl")):
        install_wheel(wheel, lib / "site-packages", local / "bin", minor)
