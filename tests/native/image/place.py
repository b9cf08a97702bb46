"""A folder with a Compose file, and shore as somebody with homes of their own in there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from longshore.native.image.store.cache import remove_tree
from tests.installed import Installed, user_environment

SHORE = Path(__file__).resolve().parents[3] / ".venv/bin/shore"


@dataclass
class Place:
    """`command` is shore as who it is."""

    folder: Path
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)

    def compose(self, text: str) -> None:
        (self.folder / "compose.yaml").write_text(text)

    def shore(self, *words: str, code: int = 0, stdin: str = "") -> str:
        """What it prints, both streams."""
        done = subprocess.run(
            [*self.command, "--engine", "native", *words], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, input=stdin,
        )  # fmt: skip
        assert done.returncode == code, done.stdout
        return done.stdout

    @property
    def cache(self) -> Path:
        return Path(self.environment["XDG_CACHE_HOME"], "longshore")

    @property
    def data(self) -> Path:
        return Path(self.environment["XDG_DATA_HOME"], "longshore")

    def layers(self) -> list[Path]:
        return sorted(self.cache.glob("layers/*/root"))


def environment_in(folder: Path, own: dict[str, str]) -> dict[str, str]:
    kinds = {"XDG_STATE_HOME": "s", "XDG_DATA_HOME": "d", "XDG_CACHE_HOME": "c", "XDG_RUNTIME_DIR": "r"}
    homes = {name: str(folder / short) for name, short in kinds.items()}
    return {**own, **homes, "SHORE_IMAGES": "auto"}


def place_of(installed: Installed | None, folder: Path | None = None) -> Place:
    """Root's in `folder`, or an ordinary user's in its home."""
    if installed is None:
        assert folder is not None
        made = Place(folder, [str(SHORE)], environment_in(folder, dict(os.environ)))
        made.compose("services: {}")
        return made
    own = installed.user.home / f"i{os.urandom(3).hex()}"
    own.mkdir()
    made = Place(own, [*installed.user.prefix, installed.shore], environment_in(own, user_environment()))
    made.compose("services: {}")
    installed.user.give(own)
    return made


def cleared(place: Place) -> None:
    """Nothing of it stays."""
    words = [*place.command, "--engine", "native", "down", "-v", "-t", "0"]
    subprocess.run(words, cwd=place.folder, env=place.environment, capture_output=True)
    remove_tree(place.folder)
