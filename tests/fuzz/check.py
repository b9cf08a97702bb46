"""What must hold for any input at all."""

from __future__ import annotations

import contextlib
import signal
import types
from collections.abc import Iterator
from pathlib import Path

from longshore.compose.load import LoadOptions, load_project
from longshore.compose.stack import build_stack
from longshore.compose.write.render import as_mapping, json_text, yaml_mapping
from longshore.compose.write.yamltext import yaml_text
from longshore.model.errors import ShoreError, ShoreErrors

__all__ = ["Hang", "check"]

SECONDS = 5.0


class Hang(BaseException):
    """An input takes too long."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise Hang after this much processor time."""

    def stop(_: int, __: types.FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def check(file: str, text: str) -> bool:
    """Load, print and build `text` from `file`: whether it is a Compose file. Anything but an answer or a ShoreError
    with one clear line comes out as an exception."""
    with open(file, "wb") as opened:
        opened.write(text.encode("utf-8", "surrogatepass"))
    environ = {"PWD": str(Path(file).parent), "HOME": "/nowhere", "A": "a", "PATH": "/bin"}
    consistent = len(text) % 2 == 0  # half of them get past the checks that most changes break
    try:
        with limited(SECONDS):
            project = load_project(
                LoadOptions(files=(file,), project_name="fuzz", environ=environ, consistency=consistent)
            )
            build_stack(project)
            yaml_text(yaml_mapping(project))
            json_text(as_mapping(project))
    except ShoreError as error:
        for one in error.errors if isinstance(error, ShoreErrors) else (error,):
            assert one.what, "an error without words"
            assert len(one.what) < 2000, one.what[:200]
        return False
    return True
