"""COPY and ADD: which files go where, the key of that, and a layer with them. A target with a trailing slash, or one
that is a directory, takes files by their names; of a directory the contents are copied, not itself."""

# strings throughout, not Path: trees of many thousand files go through here
# ruff: noqa: PTH115, PTH211
from __future__ import annotations

import os
import posixpath
import shutil
import stat
from collections.abc import Iterator

from longshore.dockerfile.patterns import Matched, Patterns, has_meta
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image.build.context import Entry, Source, matches
from longshore.native.image.build.layer import Owner, WrittenLayer
from longshore.native.image.build.modes import Mode, parse_mode
from longshore.native.image.build.unpacking import is_archive, unpack

__all__ = ["Copier", "Selected", "Wish", "below", "described", "select"]

NEW_DIRECTORY = 0o755
ENTER = 0o111
PERMISSIONS = 0o777
TEXT = 0o644


@record
class Wish:
    """What one instruction wants, its words expanded. `owner` None keeps the files' own, as an empty `chmod` does their
    modes. `unpack`: archives are unpacked instead of copied."""

    sources: tuple[str, ...]
    target: str
    texts: tuple[tuple[str, str], ...] = ()
    owner: Owner | None = None
    chmod: str = ""
    parents: bool = False
    exclude: tuple[str, ...] = ()
    unpack: bool = False
    link: bool = False
    """The layer does not depend on what is below: links there are not followed, they are replaced."""


@record
class Selected:
    """One thing to copy, found by the name `name`; of a directory only what `include` takes, where it is given."""

    entry: Entry
    name: str
    include: Patterns | None = None


def select(wish: Wish, source: Source) -> list[Selected]:
    """Everything that the words of the instruction name. ShoreError when one is not there; a pattern may fit
    nothing."""
    found: list[Selected] = []
    for word in wish.sources:
        if wish.parents:
            found += _with_parents(source, word)
            continue
        named = [Selected(entry, name) for name, entry in matches(source, word)]
        if not named and not has_meta(word):
            raise _not_there(word)
        found += named
    return found


def _with_parents(source: Source, word: str) -> list[Selected]:
    """--parents: the root, or what stands before `/./`, of which only what the rest of the word fits is copied."""
    head, pivot, tail = word.partition("/./")
    start = source.find(head if pivot else "/")
    if start is None:
        raise _not_there(head)
    pattern = posixpath.normpath("/" + (tail if pivot else head)).lstrip("/")
    return [Selected(start, "", Patterns([pattern]))]


def _not_there(word: str) -> ShoreError:
    hint = "check the path and .dockerignore: what it leaves out is not there"
    return ShoreError(f"{word} is not there to be copied", hint=hint)


def described(wish: Wish, source: Source) -> Iterator[Entry]:
    """Every entry that the instruction reads: their content makes the key of its step."""
    for selected in select(wish, source):
        yield from below(source, selected.entry, selected.include)


def below(
    source: Source, entry: Entry, include: Patterns | None = None, above: Matched = None, path: str = ""
) -> Iterator[Entry]:
    """The entry and all below it that `include` takes, a directory before what is in it."""
    taken, matched = include.match(path, above) if include and path else (not include, None)
    if taken:
        yield entry
    if entry.is_dir and (taken or (include and (not path or include.may_take_below(path)))):
        for child in source.children(entry):
            yield from below(source, child, include, matched, f"{path}/{child.name}".lstrip("/"))


@record(frozen=False)
class _Above:
    """A directory on the way to what is copied, made when something in it is."""

    entry: Entry
    target: str
    made: bool


class Copier:
    """Copies into a layer as `cp -a` does, with the owner and the mode of a wish."""

    def __init__(self, layer: WrittenLayer, wish: Wish, source: Source) -> None:
        self.layer, self.wish, self.source = layer, wish, source
        self.mode: Mode | None = parse_mode(wish.chmod) if wish.chmod else None
        self.exclude = Patterns(wish.exclude)

    def copy(self, selected: Selected) -> None:
        """One thing that the instruction names, to the target."""
        entry = selected.entry
        if self.wish.unpack and is_archive(entry.real):
            directory = self.layer.resolve(self.wish.target)
            self.layer.make_directories(directory, NEW_DIRECTORY, self.wish.owner)
            unpack(entry.real, self.layer, directory, self.wish.owner)
            return
        target = self._target(selected.name, is_dir=entry.is_dir)
        _OneCopy(self, selected.include).node(entry, target)

    def text(self, name: str, text: str) -> None:
        """A heredoc as a file."""
        target = self._target(name, is_dir=False)
        with open(self.layer.place(target), "w", newline="") as opened:
            opened.write(text)
        self.layer.dress(target, self.new_mode(stat.S_IFREG | TEXT), self.wish.owner or (0, 0), None)

    def _target(self, name: str, *, is_dir: bool) -> str:
        """Where something found by the name `name` goes; the directory that holds it is made."""
        wanted = self.wish.target
        self._directories(self.layer.resolve(wanted if wanted.endswith(("/", "/.")) else posixpath.dirname(wanted)))
        target = self.layer.resolve(wanted)
        if not is_dir and self.layer.is_dir(target):
            target = f"{target.rstrip('/')}/{name}"
        is_new = self.layer.lstat(target) is None
        self._directories(target if is_dir and is_new else posixpath.dirname(target))
        return target

    def _directories(self, path: str) -> None:
        """Made with the permissions of --chmod, unless only root could enter them then: 640 is meant for files."""
        mode = self.new_mode(stat.S_IFDIR | NEW_DIRECTORY) & PERMISSIONS
        self.layer.make_directories(path, mode if mode & ENTER else NEW_DIRECTORY, self.wish.owner)

    def new_mode(self, mode: int) -> int:
        return stat.S_IMODE(mode) if self.mode is None else self.mode(mode)


class _OneCopy:
    """One source's way into the layer. Its hard links stay links of one another."""

    def __init__(self, copier: Copier, include: Patterns | None) -> None:
        self.copier, self.include = copier, include
        self.layer, self.source = copier.layer, copier.source
        self.linked: dict[int, str] = {}
        self.above: list[_Above] = []

    def node(
        self, entry: Entry, target: str, path: str = "", included: Matched = None, excluded: Matched = None
    ) -> None:
        """`path` is the entry's own below the source; the source itself keeps the owner and mode of a directory that
        its target is already."""
        taken = True
        if path:
            taken, included = self.include.match(path, included) if self.include else (True, None)
            left_out, excluded = self.copier.exclude.match(path, excluded)
            taken = taken and not left_out
        if taken:
            self._make_above()
        if entry.is_dir:
            self._directory(entry, target, path, taken, included, excluded)
        elif taken:
            self._file(entry, target)

    def _directory(
        self, entry: Entry, target: str, path: str, taken: bool, included: Matched, excluded: Matched
    ) -> None:
        info = os.lstat(entry.real)
        is_new = self._just_the_directory(target, info) if taken else False
        if taken or self._may_hold(path):
            self.above.append(_Above(entry, target, made=taken))
            for child in self.source.children(entry):
                below = f"{path}/{child.name}" if path else child.name
                self.node(child, f"{target.rstrip('/')}/{child.name}", below, included, excluded)
            self.above.pop()
        if taken and (path or is_new):
            self._dress(target, info)
        elif taken and not self.source.is_undated(entry):
            self.layer.date(target, (info.st_atime_ns, info.st_mtime_ns))

    def _may_hold(self, path: str) -> bool:
        return (
            not path or (self.include is not None and self.include.may_take_below(path)) or self.copier.exclude.excepts
        )

    def _make_above(self) -> None:
        for above in self.above:
            if not above.made:
                info = os.lstat(above.entry.real)
                if self._just_the_directory(above.target, info):
                    self._dress(above.target, info)
                else:
                    self.layer.change_mode(above.target, stat.S_IMODE(info.st_mode))
                above.made = True

    def _just_the_directory(self, target: str, info: os.stat_result) -> bool:
        """Whether the directory had to be made."""
        there = self.layer.lstat(target)
        if there is None:
            self.layer.make_directory(target, stat.S_IMODE(info.st_mode), None)
            return True
        if not stat.S_ISDIR(there.st_mode):
            raise ShoreError(f"cannot copy a directory to {target}, which is none", hint="choose another target")
        return False

    def _file(self, entry: Entry, target: str) -> None:
        there = self.layer.lstat(target)
        if there is not None and stat.S_ISDIR(there.st_mode):
            hint = "choose another target, or remove the directory before"
            raise ShoreError(f"cannot copy a file over the directory {target}", hint=hint)
        info = os.lstat(entry.real)
        place = self.layer.place(target)
        if stat.S_ISLNK(info.st_mode):
            os.symlink(os.readlink(entry.real), place)
        elif stat.S_ISREG(info.st_mode):
            self._content(entry, info, place)
        else:
            _special(info, place)
        self._dress(target, info)

    def _content(self, entry: Entry, info: os.stat_result, place: str) -> None:
        first = self.linked.setdefault(info.st_ino, place) if info.st_nlink > 1 else place
        if first != place:
            os.link(first, place)
            return
        shutil.copyfile(entry.real, place)
        self._capabilities(entry.real, place)

    def _capabilities(self, real: str, place: str) -> None:
        """What a program may do (setcap) stays with it, where root copies."""
        if self.layer.as_root:
            try:
                value = os.getxattr(real, "security.capability")
            except OSError:
                return
            os.setxattr(place, "security.capability", value)

    def _dress(self, target: str, info: os.stat_result) -> None:
        owner = self.copier.wish.owner or self.source.owner(info)
        mode = None if stat.S_ISLNK(info.st_mode) else self.copier.new_mode(info.st_mode)
        self.layer.dress(target, mode, owner, (info.st_atime_ns, info.st_mtime_ns))


def _special(info: os.stat_result, place: str) -> None:
    """A fifo or a device; of a socket nothing but an empty file remains. A device that an ordinary user may not make is
    left out."""
    kind = stat.S_IFREG if stat.S_ISSOCK(info.st_mode) else stat.S_IFMT(info.st_mode)
    try:
        os.mknod(place, kind | stat.S_IMODE(info.st_mode), info.st_rdev)
    except PermissionError:
        what = "a device, which an ordinary user cannot make"
        raise ShoreError(f"{place}: {what}", hint="leave it out, or build as root") from None
