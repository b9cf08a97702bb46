"""Where snapshots are kept: a repository of restic, encrypted, on this machine or wherever restic can go."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import IO

from longshore.backup.said import last_lines, summary_of
from longshore.backup.settings import Settings
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.state.folders import DATA, folder, make_private

__all__ = ["Repository", "Snapshot", "repository_of"]

TAG = "longshore"
PASSAGE = "longshore-passage"
"""Tag of what is only on its way from a node of a Swarm or to it."""
ELSEWHERE = ("RESTIC_PASSWORD", "RESTIC_REST_", "AWS_", "B2_", "AZURE_", "GOOGLE_", "ST_", "OS_")
"""How the variables begin by which restic signs in somewhere."""
LOCKED = "already locked"
ABSENT = ("Is there a repository", "does not exist", "no such file")
"""What restic says where no repository is."""


@record
class Snapshot:
    """`id` is restic's, short; `taken` seconds since 1970; `tags` what the user gave it."""

    id: str
    taken: float
    tags: tuple[str, ...] = ()


def repository_of(project: str, settings: Settings, to: str, environ: Mapping[str, str], base: str) -> Repository:
    """The one asked for (`to`), else the file's, else a folder of this user's own. A password file that is named is
    taken from `base`; without one, and without restic's own variables, one is made beside our folder."""
    place = Path(folder(environ, DATA)) / "backups" / project
    for one in (place.parent.parent, place.parent, place):
        make_private(one)
    name = to or settings.to or environ.get("RESTIC_REPOSITORY", "") or str(place / "repository")
    if settings.password_file:
        password = str(Path(base, settings.password_file))
        if not Path(password).is_file():
            raise ShoreError(f"there is no password file {password}", hint="make it, readable by you alone")
        return Repository(name, password, environ)
    if any(environ.get(key) for key in ("RESTIC_PASSWORD", "RESTIC_PASSWORD_FILE", "RESTIC_PASSWORD_COMMAND")):
        return Repository(name, "", environ)
    return Repository(name, str(place / "password"), environ, own=True)


@record
class Repository:
    """`password_file` is "" where restic's own variables say the password; `own`: it is ours to make."""

    name: str
    password_file: str
    environ: Mapping[str, str]
    own: bool = False

    async def make(self) -> bool:
        """Make sure that it is there and its password fits; whether it was made just now. Raises ShoreError."""
        if self.own and not Path(self.password_file).exists():
            descriptor = os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="ascii") as file:
                file.write(f"{secrets.token_urlsafe(32)}\n")
        code, _, said = await self._restic("cat", "config", "--no-lock")
        if not code:
            return False
        if not any(text in said for text in ABSENT):
            raise _refused(self.name, said)
        code, _, said = await self._restic("init")
        if code:
            raise _refused(self.name, said)
        return True

    async def add(self, place: Path, project: str, tags: tuple[str, ...]) -> tuple[str, int]:
        """A snapshot of a folder; its id and how many bytes it added."""
        words = [word for tag in (TAG, f"project={project}", *tags) for word in ("--tag", tag)]
        out = await self._checked("the snapshot", "backup", "--json", "--host", "longshore", *words, str(place))
        found = summary_of(out)
        if found is None:
            raise ShoreError(f"{self.name}: restic made no snapshot")
        return str(found["snapshot_id"])[:8], int(found["data_added"])

    async def snapshots(self, project: str = "") -> tuple[Snapshot, ...]:
        """Those of a project, or all, the oldest first."""
        tags = f"{TAG},project={project}" if project else TAG
        found = json.loads(await self._checked("listing", "snapshots", "--json", "--tag", tags) or "[]")
        there = [
            Snapshot(
                str(one["short_id"]), datetime.fromisoformat(_cut(one["time"])).timestamp(),
                tuple(tag for tag in one.get("tags") or () if tag != TAG),
            )
            for one in found or ()
        ]  # fmt: skip
        return tuple(sorted(there, key=lambda one: one.taken))

    async def fetch(self, snapshot: str, place: Path) -> Path:
        """What a snapshot holds, below `place`; the folder that has its manifest."""
        await self._checked(f"fetching {snapshot}", "restore", snapshot, "--target", str(place))
        found = next(iter(place.rglob("manifest.json")), None)
        if found is None:
            raise ShoreError(f"snapshot {snapshot} has no manifest: shore did not make it", hint="shore backup list")
        return found.parent

    async def pass_on(self, file: IO[bytes], project: str) -> str:
        """Store a file for a node of a Swarm; under which id it finds it, as `/data`."""
        file.seek(0)
        words = ("--host", "longshore", *self.passage(project), "--stdin", "--stdin-filename", "data")
        code, out, said = await self._restic("backup", "--json", *words, stdin=file)
        found = None if code else summary_of(out)
        if found is None:
            raise self._failure("passing data on", code, f"{out}\n{said}")
        return str(found["snapshot_id"])

    async def pass_back(self, snapshot: str, file: IO[bytes]) -> None:
        """What a node of a Swarm has stored so."""
        code, _, said = await self._restic("dump", snapshot, "/data", stdout=file)
        if code:
            raise self._failure("taking data over", code, said)

    @staticmethod
    def passage(project: str) -> tuple[str, ...]:
        return ("--tag", f"{PASSAGE},project={project}")

    async def clear_passages(self, project: str) -> None:
        """Let go of what was only on its way; its room is free after the next `forget`."""
        code, out, _ = await self._at_work("snapshots", "--json", *self.passage(project))
        found = [] if code else json.loads(out or "[]")  # a repository that is not there yet has none
        if found:
            await self._at_work("forget", *(str(one["short_id"]) for one in found))

    def elsewhere(self) -> dict[str, str]:
        """The variables by which restic finds it on another machine. Raises ShoreError for what is only here."""
        if self.name.startswith("sftp:") or not re.match(r"[a-z0-9]+:", self.name):
            raise ShoreError(
                f"the nodes of a Swarm cannot reach the repository {self.name}",
                hint="name one that they reach without a key of yours: --to rest:http://… or s3:…",
            )
        given = {name: value for name, value in self.environ.items() if name.startswith(ELSEWHERE)}
        if self.password_file:
            given["RESTIC_PASSWORD"] = Path(self.password_file).read_text().rstrip("\n")
        elif self.environ.get("RESTIC_PASSWORD_FILE"):
            given["RESTIC_PASSWORD"] = Path(self.environ["RESTIC_PASSWORD_FILE"]).read_text().rstrip("\n")
        return {**given, "RESTIC_REPOSITORY": self.name}

    async def check(self, *, full: bool) -> None:
        """Read the repository, all of its data or a twentieth. Raises ShoreError with what is damaged."""
        await self._checked("the check", "check", "--read-data" if full else "--read-data-subset=5%")

    async def forget(self, project: str, settings: Settings) -> bool:
        """Let go of what is older than the settings keep; never of what was made within a day. False while somebody
        else is at work there: the next time will do."""
        keep = ["--keep-within", "1d"]
        keep += [word for age, count in settings.keep.items() for word in (f"--keep-{age}", str(count))]
        tags = ("--tag", f"{TAG},project={project}", "--group-by", "host")
        code, _, said = await self._at_work("forget", "--prune", *tags, *keep)
        if code and LOCKED not in said:
            raise self._failure("forgetting", code, said)
        return not code

    async def _checked(self, what: str, *words: str) -> str:
        code, out, said = await self._at_work(*words)
        if code:
            raise self._failure(what, code, f"{out}\n{said}")
        return out

    async def _at_work(self, *words: str) -> tuple[int, str, str]:
        """Once more where the repository is locked: restic takes away the locks of those that have died."""
        code, out, said = await self._restic(*words)
        if code and LOCKED in said:
            await self._restic("unlock")
            code, out, said = await self._restic(*words)
        return code, out, said

    def _failure(self, what: str, code: int, said: str) -> ShoreError:
        what = f"{self.name}: {what} failed with code {code}"
        return ShoreError(what, details=last_lines(said), hint=_hint(said))

    async def _restic(
        self, *words: str, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None
    ) -> tuple[int, str, str]:
        program = shutil.which("restic", path=self.environ.get("PATH"))
        if program is None:
            raise ShoreError("restic is not installed: it keeps the snapshots", hint="apt-get install restic")
        given = {**self.environ, "RESTIC_REPOSITORY": self.name, "RESTIC_PROGRESS_FPS": "0.0001"}
        if self.password_file:
            given["RESTIC_PASSWORD_FILE"] = self.password_file
        process = await asyncio.create_subprocess_exec(
            program, *words, env=given, stdin=stdin or asyncio.subprocess.DEVNULL,
            stdout=stdout or asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            out, said = await process.communicate()
        except BaseException:
            process.terminate()  # it removes its lock
            await process.wait()
            raise
        return process.returncode or 0, (out or b"").decode(errors="replace"), said.decode(errors="replace")


def _cut(time: str) -> str:
    """Restic's times have nanoseconds, which Python 3.11 does not take."""
    head, dot, rest = time.partition(".")
    digits = rest.rstrip("Z")
    number = digits[: next((n for n, c in enumerate(digits) if not c.isdigit()), len(digits))]
    zone = digits[len(number) :] or "+00:00"
    return f"{head}.{number[:6]:0<6}{zone}" if dot else time.replace("Z", "+00:00")


def _refused(name: str, said: str) -> ShoreError:
    return ShoreError(f"the repository {name} cannot be opened", details=last_lines(said, 3), hint=_hint(said))


def _hint(said: str) -> str:
    hints = {
        "wrong password": "name the password that it was made with: x-longshore.backup.password_file",
        "no key found": "name the password that it was made with: x-longshore.backup.password_file",
        LOCKED: "another backup is at work; if none is: restic unlock",
        "no space left": "make room, or name another place: --to",
        "Is there a repository": "name another place: --to; or make it by a first shore backup",
        "no such file": "name another place: --to; or make it by a first shore backup",
    }
    return next((hint for text, hint in hints.items() if text in said), "")
