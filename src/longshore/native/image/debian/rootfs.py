"""What packages' own scripts would do to a fresh root, done directly: accounts, alternatives, certificates, loader
cache. Each function takes the tree and changes only it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.kernel.privileges import is_root

__all__ = [
    "add_group", "add_user", "alternatives", "certificates", "loader_cache", "make_accounts",
    "make_skeleton", "own", "own_all", "pam_configuration",
]  # fmt: skip

SHADOW_DAY = "19600"
"""Day of the last password change written into /etc/shadow: a constant, so that equal inputs make equal layers."""
DIRECTORIES = {
    "dev": 0o755, "proc": 0o555, "sys": 0o555, "run": 0o755, "run/lock": 0o1777, "tmp": 0o1777, "root": 0o700,
    "home": 0o755, "opt": 0o755, "srv": 0o755, "mnt": 0o755, "media": 0o755, "boot": 0o755, "var/tmp": 0o1777,
    "var/log": 0o755, "var/mail": 0o2775, "var/local": 0o2775, "var/opt": 0o755, "var/spool": 0o755,
    "var/cache/apt/archives/partial": 0o755, "var/lib/apt/lists/partial": 0o755, "var/log/apt": 0o755,
    "usr/local/bin": 0o755, "usr/local/etc": 0o755, "usr/local/games": 0o755, "usr/local/include": 0o755,
    "usr/local/lib": 0o755, "usr/local/sbin": 0o755, "usr/local/share/man": 0o755, "usr/local/src": 0o755,
    "usr/local/share/ca-certificates": 0o755, "etc/opt": 0o755, "var/lib/misc": 0o755,
}  # fmt: skip
LINKS = {
    "var/run": "/run", "var/lock": "/run/lock", "usr/local/man": "share/man", "etc/mtab": "/proc/mounts",
    "etc/localtime": "/usr/share/zoneinfo/Etc/UTC",
}  # fmt: skip
TEMPLATES = {
    "base-files/dot.bashrc": "root/.bashrc", "base-files/dot.profile": "root/.profile",
    "base-files/profile": "etc/profile", "base-files/motd": "etc/motd",
    "base-files/nsswitch.conf": "etc/nsswitch.conf", "libc-bin/nsswitch.conf": "etc/nsswitch.conf",
}  # fmt: skip
"""Files that postinst scripts copy into place."""
FILES = {
    "etc/hostname": "localhost\n", "etc/machine-id": "", "etc/environment": "", "etc/timezone": "Etc/UTC\n",
    "etc/subuid": "", "etc/subgid": "", "etc/fstab": "# UNCONFIGURED FSTAB FOR BASE SYSTEM\n",
    "etc/shells": "# /etc/shells: valid login shells\n/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/rbash\n"
    "/usr/bin/rbash\n/bin/dash\n/usr/bin/dash\n",
}  # fmt: skip
ALTERNATIVES = (
    ("/usr/bin/awk", "awk", "/usr/bin/mawk", "5"),
    ("/usr/bin/nawk", "nawk", "/usr/bin/mawk", "5"),
    ("/usr/bin/which", "which", "/usr/bin/which.debianutils", "0"),
    ("/usr/bin/pager", "pager", "/bin/more", "50"),
    ("/usr/sbin/rmt", "rmt", "/usr/sbin/rmt-tar", "50"),
)
"""What the essential packages register by update-alternatives."""


def make_skeleton(root: Path) -> None:
    """Directories and links that base-files makes in its postinst, with their modes."""
    for name, mode in DIRECTORIES.items():
        path = root / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
    for name, target in LINKS.items():
        path = root / name
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()  # base-files ships /var/run and /var/lock as directories; its script puts the links in place
        if not path.is_symlink() and not path.exists():
            path.symlink_to(target)
    for name, target in TEMPLATES.items():
        source = root / "usr/share" / name
        if source.exists():
            (root / target).write_bytes(source.read_bytes())
    for name, text in FILES.items():
        (root / name).write_text(text)


def make_accounts(root: Path) -> None:
    """/etc/passwd and group from base-passwd's master files, and their shadows (all passwords locked)."""
    masters = root / "usr/share/base-passwd"
    passwd = (masters / "passwd.master").read_text()
    group = (masters / "group.master").read_text()
    shadowed = re.sub(r"^([^:]+):[^:]*:", r"\1:x:", passwd, flags=re.MULTILINE)
    (root / "etc/passwd").write_text(shadowed)
    (root / "etc/group").write_text(re.sub(r"^([^:]+):[^:]*:", r"\1:x:", group, flags=re.MULTILINE))
    names = [line.split(":")[0] for line in shadowed.splitlines()]
    groups = [line.split(":")[0] for line in group.splitlines()]
    (root / "etc/shadow").write_text("".join(f"{name}:*:{SHADOW_DAY}:0:99999:7:::\n" for name in names))
    (root / "etc/gshadow").write_text("".join(f"{name}:*::\n" for name in groups))
    for name in ("shadow", "gshadow"):
        (root / "etc" / name).chmod(0o640)
    own(root / "etc/shadow", 0, 42)
    own(root / "etc/gshadow", 0, 42)
    add_user(root, "_apt", 42, 65534, home="/nonexistent", create_group=False)


def add_group(root: Path, name: str, gid: int) -> None:
    """`groupadd -g gid name`, in the files."""
    _append(root, "etc/group", f"{name}:x:{gid}:\n")
    _append(root, "etc/gshadow", f"{name}:!::\n")


def add_user(
    root: Path, name: str, uid: int, gid: int, *, home: str, shell: str = "/usr/sbin/nologin", create_group: bool = True
) -> None:
    """`useradd -u uid -g gid`, in the files; with its own group of the same name unless told not to."""
    if create_group:
        add_group(root, name, gid)
    _append(root, "etc/passwd", f"{name}:x:{uid}:{gid}::{home}:{shell}\n")
    _append(root, "etc/shadow", f"{name}:!:{SHADOW_DAY}:0:99999:7:::\n")


def _append(root: Path, name: str, line: str) -> None:
    path = root / name
    key = line.split(":", 1)[0] + ":"
    text = path.read_text()
    if not any(existing.startswith(key) for existing in text.splitlines()):
        path.write_text(text + line)


def own(path: Path, uid: int, gid: int) -> None:
    """Give `path` to another user where that means something: as root. An ordinary user's files stay its own."""
    if is_root():
        os.chown(path, uid, gid, follow_symlinks=False)


def alternatives(root: Path, entries: Iterable[tuple[str, str, str, str]] = ALTERNATIVES) -> None:
    """update-alternatives --install for every entry (link, name, path, priority) whose path is there, in the files."""
    for link, name, path, priority in entries:
        if not (root / path.lstrip("/")).exists():
            continue
        for target, points_to in ((root / f"etc/alternatives/{name}", path), (root / link.lstrip("/"), None)):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            target.symlink_to(points_to or f"/etc/alternatives/{name}")
        database = root / "var/lib/dpkg/alternatives" / name
        database.parent.mkdir(parents=True, exist_ok=True)
        database.write_text(f"auto\n{link}\n\n{path}\n{priority}\n\n")


def certificates(root: Path) -> None:
    """What update-ca-certificates does: one bundle, one link per certificate, and /etc/ca-certificates.conf."""
    source = root / "usr/share/ca-certificates"
    if not source.is_dir():
        return
    names = sorted(str(path.relative_to(source)) for path in source.rglob("*.crt"))
    (root / "etc/ca-certificates.conf").write_text("".join(f"{name}\n" for name in names))
    (root / "etc/ca-certificates/update.d").mkdir(parents=True, exist_ok=True)
    target = root / "etc/ssl/certs"
    target.mkdir(parents=True, exist_ok=True)
    bundle = []
    for name in names:
        bundle.append((source / name).read_text().rstrip("\n") + "\n")
        link = target / (Path(name).stem.replace(" ", "_") + ".pem")
        if not link.is_symlink():
            link.symlink_to(f"/usr/share/ca-certificates/{name}")
    (target / "ca-certificates.crt").write_text("".join(bundle))


def pam_configuration(root: Path) -> None:
    """pam-auth-update's result for the plain Unix profile (su, useradd and login read it)."""
    lines = {
        "common-auth": "auth\t[success=1 default=ignore]\tpam_unix.so nullok\nauth\trequisite\tpam_deny.so\n"
        "auth\trequired\tpam_permit.so\n",
        "common-account": "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so\n"
        "account\trequisite\tpam_deny.so\naccount\trequired\tpam_permit.so\n",
        "common-password": "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\n"
        "password\trequisite\tpam_deny.so\npassword\trequired\tpam_permit.so\n",
        "common-session": "session\trequired\tpam_unix.so\n",
        "common-session-noninteractive": "session\trequired\tpam_unix.so\n",
    }
    directory = root / "etc/pam.d"
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in lines.items():
        if not (directory / name).exists():
            (directory / name).write_text(text)


def loader_cache(root: Path) -> None:
    """/etc/ld.so.cache for the tree (ldconfig -r needs no privileges: it only puts the root before every name)."""
    host = next((p for p in ("/sbin/ldconfig", "/usr/sbin/ldconfig") if Path(p).exists()), None)
    if host is None:
        return
    result = subprocess.run([host, "-r", str(root)], capture_output=True, text=True, check=False)
    if result.returncode:
        raise ShoreError("cannot make the loader cache of the base image", details=tuple(result.stderr.splitlines()))


def own_all(directory: Path) -> None:
    """Give a whole tree to root (as root: it may have come from another user's files)."""
    if not is_root():
        return
    os.chown(directory, 0, 0)
    for parent, directories, files in os.walk(directory):
        for name in (*directories, *files):
            os.chown(os.path.join(parent, name), 0, 0, follow_symlinks=False)  # noqa: PTH118
