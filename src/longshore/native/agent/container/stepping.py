"""Who an ordinary user's container asks to be. It has one user's id, which shows as uid 0 to an entry point that begins
as root; no call can make it another. When its main process asks to be somebody else (gosu, su-exec, setpriv), it is
ended and begun again as that user on the same files, which then all show as that user's; this is remembered for the
image and its command. Any other process is told that it worked."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from longshore.native.kernel.notification import Answering, Listener, Question
from longshore.native.kernel.procstatus import status_of
from longshore.native.kernel.seccomp import identities
from longshore.native.shared.places import Places
from longshore.native.shared.spec import ContainerSpec

__all__ = ["Asked", "remember", "whom"]

_INITS = frozenset({"tini", "tini-static", "dumb-init", "catatonit", "docker-init", "init"})
"""Programs that are process 1 for another's sake: their child is the main process."""
_PATIENCE = 0.003
"""Seconds after which it is looked whether a process that said which user it wants to be still may say which group."""
_LOOKS = 30
"""So often it is looked: a process that stays the same program, and says no group, is waited for no longer. On a busy
machine the next call may be long in coming, and what is learnt then is remembered."""
_BY_PASSWORD = frozenset({"su", "runuser", "login", "sudo"})
"""Programs that let nobody but root be somebody else without a password: begun again they would fail."""


class Asked:
    """Answers for one container. `steps_down` is told, once, whom its main process wants to be ("999:999")."""

    def __init__(self, listener: int, steps_down: Callable[[str], None]) -> None:
        self._steps_down = steps_down
        self._groups: dict[int, int] = {}
        self._user: tuple[int, int] | None = None
        """The main process, and whom it wants to be."""
        self._later: asyncio.TimerHandle | None = None
        self._told = False
        self.others = False
        """Whether a process beside the main one asked to be somebody else."""
        self._answering = Answering(listener, self._answer)

    def close(self) -> None:
        if self._later:
            self._later.cancel()
        self._answering.close()

    def _answer(self, listener: Listener, question: Question) -> None:
        if not self._is_to_begin_again(question.pid, question.number, list(question.arguments)):
            listener.succeed(question)

    def _is_to_begin_again(self, pid: int, number: int, arguments: list[int]) -> bool:
        asked = identities(number, arguments)
        if asked is None or asked.wanted is None:
            return False
        process = status_of(pid)
        me = int(process.get("Tgid", "0"))
        if asked.kind == "gid":
            self._groups[me] = asked.wanted
            return self._user is not None and self._user[0] == me and self._begin_again()
        if asked.wanted == 0:
            return False
        if not _is_main(process) or process.get("Name") in _BY_PASSWORD:
            self.others = True
            return False
        self._user = me, asked.wanted
        if me in self._groups:
            return self._begin_again()
        # Some (setpriv) ask for the group after the user, others never.
        self._wait(me, str(process.get("Name", "")), _LOOKS)
        return False

    def _wait(self, me: int, program: str, looks: int) -> None:
        self._later = asyncio.get_running_loop().call_later(_PATIENCE, self._look, me, program, looks - 1)

    def _look(self, me: int, program: str, looks: int) -> None:
        """Begin again once the process has become another program, or nothing more is to be hoped for."""
        if looks > 0 and status_of(me).get("Name") == program:
            self._wait(me, program, looks)
        else:
            self._begin_again()

    def _begin_again(self) -> bool:
        assert self._user is not None
        me, user = self._user
        if self._later:
            self._later.cancel()
        if not self._told:
            self._told = True
            self._steps_down(f"{user}:{self._groups.get(me, 0)}")
        return True


def _is_main(process: dict[str, str]) -> bool:
    """Whether it is the container's process 1, or the child of one that is that for another's sake."""
    if _inside(process) == 1:
        return True
    parent = status_of(int(process.get("PPid", "0") or 0))
    return _inside(parent) == 1 and parent.get("Name") in _INITS


def _inside(process: dict[str, str]) -> int:
    """Its pid in the innermost namespace; 0 when it is gone."""
    return int(process.get("NStgid", "0").split()[-1])


def whom(spec: ContainerSpec) -> str:
    """Whom the main process of such a container is known to become, as "uid:gid"; "" where nothing is known."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(_place(spec).read_text(encoding="utf-8"))["becomes"])
    return ""


def remember(spec: ContainerSpec, becomes: str) -> None:
    place = _place(spec)
    draft = place.with_name(f".{place.name}.{os.urandom(4).hex()}")
    with suppress(OSError):  # a full disk: it is learnt anew
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps({"becomes": becomes}), encoding="utf-8")
        draft.replace(place)


def _place(spec: ContainerSpec) -> Path:
    """By all that it may depend on: the image, the command, and variables that say who to be."""
    environment = sorted((key, value) for key, value in spec.environment.items() if key != "HOSTNAME")
    text = json.dumps([spec.image_id, spec.layers, spec.argv, spec.user, environment])
    return Places.of(os.environ).cache / "users" / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
