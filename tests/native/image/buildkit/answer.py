"""What a build came to, in a form that can be compared: the tree's differences from the base, the configuration, or the
refusal."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["GONE", "Node", "changes", "differences", "for_anybody", "letter", "ordered", "words_of"]

GONE = "gone"
SHOWN = 600
RECENT = 1_700_000_000
"""A time stamp from then on was given while building: "now". Nothing of a context is that young."""
LETTERS = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFIFO: "p", stat.S_IFCHR: "c",
           stat.S_IFBLK: "b", stat.S_IFSOCK: "s"}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """One entry of a tree. `content` for a file, `link` a link's target, `same` the first name of a file that has
    more."""

    kind: str
    mode: int
    uid: int
    gid: int
    date: int
    content: bytes = b""
    link: str = ""
    same: str = ""

    def line(self, *, dated: bool) -> str:
        """Type, mode, owner, date, and what it holds: "f 644 0:0 @1000000000 'x'"."""
        mode = "" if self.kind == "l" else f" {self.mode:o}"
        date = f" @{self.date}" if dated and self.date < RECENT else ""
        same = f" ={self.same}" if self.same else ""
        return f"{self.kind}{mode} {self.uid}:{self.gid}{date}{same}{self._held()}"

    def _held(self) -> str:
        if self.kind == "l":
            return f" -> {self.link}"
        if self.kind != "f":
            return ""
        if len(self.content) <= SHOWN:
            try:
                return " " + json.dumps(self.content.decode(), ensure_ascii=False)
            except UnicodeDecodeError:
                pass
        return f" {len(self.content)} {hashlib.sha256(self.content).hexdigest()[:16]}"


def differences(nodes: Mapping[str, Node | None], base: Mapping[str, Node]) -> dict[str, str]:
    """A line for every path of `nodes` (None: not there any more) that is not as in `base`. The date of a directory
    that was there before does not count: it says only that something in it changed."""
    found: dict[str, str] = {}
    for path in sorted(nodes):
        node, before = nodes[path], base.get(path)
        if node is None:
            if before is not None and not any(
                f"{path}/".startswith(f"{above}/") for above in found if found[above] == GONE
            ):
                found[path] = GONE
            continue
        if before is not None and node == before:
            continue
        if node.same and node.same not in found:  # a link to a file that is as it was: nothing but the name is new
            node = replace(node, same="")
        dated = not (before is not None and before.kind == node.kind == "d")
        if before is None or node.line(dated=dated) != before.line(dated=dated):
            found[path] = node.line(dated=dated)
    return found


def for_anybody(tree: Mapping[str, str]) -> dict[str, str]:
    """The tree without what an ordinary user's files cannot have: owners, set-id bits, a directory that its owner
    cannot read."""
    found: dict[str, str] = {}
    for path, line in tree.items():
        words = line.split(" ")
        if line != GONE:
            if words[0] == "l":
                del words[1]
            else:
                readable = 0o500 if words[0] == "d" else 0
                words[1] = f"{int(words[1], 8) & ~0o6000 | readable:o}"
                del words[2]
        found[path] = " ".join(words)
    return found


def words_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration without what is empty: an empty list and none mean the same."""
    return {name: value for name, value in config.items() if value not in (None, "", 0, [], {})}


def changes(config: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """What of a configuration is not as in the base image; None for what is not there any more."""
    names = [name for name in {**base, **config} if config.get(name) != base.get(name)]
    return {name: config.get(name) for name in sorted(names)}


def letter(mode: int) -> str:
    return LETTERS[stat.S_IFMT(mode)]


def ordered(values: Iterable[str]) -> list[str]:
    return sorted(set(values))
