"""Unpacking Debian packages into a tree with dpkg's database as if dpkg had installed them, without root and without
running their scripts (deb(5), dpkg's /var/lib/dpkg layout)."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image import process
from longshore.native.kernel.privileges import is_root

__all__ = ["MERGED", "Package", "merge_usr", "parse_control", "read_control", "register", "unpack", "unpack_all"]

MERGED = ("bin", "sbin", "lib", "lib64")
"""Directories that are links into /usr on every Debian since bookworm (and on earlier ones, made so)."""
PARALLEL = 2
KEPT_FIELDS = (
    "Package", "Essential", "Priority", "Section", "Installed-Size", "Maintainer", "Architecture", "Multi-Arch",
    "Source", "Version", "Replaces", "Provides", "Depends", "Pre-Depends", "Recommends", "Suggests", "Breaks",
    "Conflicts", "Enhances", "Protected", "Important",
)  # fmt: skip


@record
class Package:
    """One package's control fields, the paths that it owns, and the directory with its control files."""

    fields: dict[str, str]
    paths: tuple[str, ...]
    control: Path

    @property
    def name(self) -> str:
        """dpkg's name for its info files: with the architecture where the package can be installed for several."""
        same = self.fields.get("Multi-Arch") == "same"
        return f"{self.fields['Package']}:{self.fields['Architecture']}" if same else self.fields["Package"]


def merge_usr(root: Path) -> None:
    """Make /bin, /lib and the others links into /usr before anything is unpacked over them."""
    for name in MERGED:
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        if not (root / name).is_symlink():
            (root / name).symlink_to(f"usr/{name}")


async def unpack_all(debs: Sequence[Path], root: Path, scratch: Path) -> tuple[Package, ...]:
    """Unpack every package into `root`, two at a time; their control files go below `scratch`."""
    gate = asyncio.Semaphore(PARALLEL)

    async def one(deb: Path) -> Package:
        async with gate:
            return await unpack(deb, root, scratch / deb.name)

    return tuple(await asyncio.gather(*(one(deb) for deb in debs)))


async def unpack(deb: Path, root: Path, control: Path) -> Package:
    """Unpack one package's files into `root` and its control files into `control`."""
    control.mkdir(parents=True)
    await _checked(["dpkg-deb", "--control", str(deb), str(control)], deb)
    owner = ["--numeric-owner"] if is_root() else ["--no-same-owner"]
    tar = ["tar", "-x", "-v", "-p", "-f", "-", "-C", str(root), "--keep-directory-symlink", *owner]
    script = 'set -o pipefail; deb=$1; shift; dpkg-deb --fsys-tarfile "$deb" | "$@"'
    result = await _checked(["bash", "-c", script, "unpack", str(deb), *tar], deb)
    return Package(read_control(control), tuple(_owned(line) for line in result.lines), control)


async def _checked(argv: Sequence[str], deb: Path) -> process.Finished:
    result = await process.run(argv, keep=200_000)
    if result.code:
        raise ShoreError(f"cannot unpack {deb.name}", details=result.lines[-5:], hint="is the disk full?")
    return result


def _owned(member: str) -> str:
    """dpkg's spelling of a member of the archive: "/usr/bin/x", "/." for the root."""
    path = member.removeprefix(".").rstrip("/")
    return path or "/."


def read_control(control: Path) -> dict[str, str]:
    return parse_control((control / "control").read_text(errors="replace"))


def parse_control(text: str) -> dict[str, str]:
    """Fields of one control stanza; continuation lines keep their newlines (deb-control(5))."""
    fields: dict[str, str] = {}
    for match in re.finditer(r"^([^\s:]+):[ \t]*(.*(?:\n[ \t].*)*)", text, re.MULTILINE):
        fields[match[1]] = match[2]
    return fields


def register(packages: Sequence[Package], root: Path, base_status: str = "", base_triggers: str = "") -> None:
    """Write dpkg's database for `packages` on top of `base_status` and `base_triggers` (the layer's below), so that
    apt-get and dpkg in the image see them as installed and configured."""
    admin = root / "var/lib/dpkg"
    for name in ("info", "updates", "triggers", "alternatives", "parts"):
        (admin / name).mkdir(parents=True, exist_ok=True)
    for name in ("available", "diversions", "statoverride", "lock"):
        if not base_status:
            (admin / name).touch()
    if not base_status:
        (admin / "info/format").write_text("1\n")
    stanzas = [_stanza(package, root) for package in sorted(packages, key=lambda p: p.fields["Package"])]
    (admin / "status").write_text(base_status + "".join(stanzas))
    for package in packages:
        _write_info(package, admin / "info")
    _write_triggers(packages, admin / "triggers", base_triggers)


def _write_triggers(packages: Sequence[Package], directory: Path, below: str) -> None:
    """Which package waits for which trigger (deb-triggers(5)): paths in one file, names in a file each."""
    paths = [below] if below else []
    for package in packages:
        control = package.control / "triggers"
        for line in control.read_text().splitlines() if control.is_file() else ():
            words = line.split()
            if len(words) != 2 or not words[0].startswith("interest"):
                continue
            waiter = package.fields["Package"] + ("/noawait" if words[0].endswith("noawait") else "")
            if words[1].startswith("/"):
                paths.append(f"{words[1]} {waiter}\n")
            else:
                with (directory / words[1]).open("a") as handle:
                    handle.write(f"{waiter}\n")
    (directory / "File").write_text("".join(paths))
    (directory / "Unincorp").touch()


def _write_info(package: Package, info: Path) -> None:
    (info / f"{package.name}.list").write_text("\n".join(package.paths) + "\n")
    for path in package.control.iterdir():
        if path.name != "control":
            shutil.copy(path, info / f"{package.name}.{path.name}")


def _stanza(package: Package, root: Path) -> str:
    fields = package.fields
    lines = [f"{name}: {fields[name]}" for name in KEPT_FIELDS if name in fields]
    lines.insert(1, "Status: install ok installed")
    conffiles = package.control / "conffiles"
    if conffiles.is_file():
        lines.append("Conffiles:")
        lines += [f" {path} {_md5(root / path.lstrip('/'))}" for path in _conffiles(conffiles.read_text())]
    lines.append(f"Description: {fields.get('Description', '')}")
    return "\n".join(lines) + "\n\n"


def _conffiles(text: str) -> list[str]:
    """The paths; dpkg also allows flags before them ("remove-on-upgrade /etc/x")."""
    return [line.split()[-1] for line in text.splitlines() if line.strip() and not line.startswith("remove-on-upgrade")]


def _md5(path: Path) -> str:
    import hashlib

    try:
        return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    except OSError:
        return "newconffile"
