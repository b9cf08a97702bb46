"""Files that are no Compose files, or made to harm: a clear error, soon, with little memory, never a traceback."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from tests.compose.conftest import Folder
from tests.conformance.answers import SHORE

SERVICE = "services:\n  web:\n    image: x\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "x-a: &a {k: 1}\n" + "".join(
    f"x-{name}: &{name} {{p: *{before}, q: *{before}, r: *{before}}}\n"
    for before, name in zip("abcdefghijklmnopq", "bcdefghijklmnopqr", strict=True)
)
DOUBLING = "A0=xxxxxxxxxx\n" + "".join(
    f"A{i}=${{A{i - 1}}}${{A{i - 1}}}${{A{i - 1}}}${{A{i - 1}}}\n" for i in range(1, 40)
)
NESTED = "${A:-" * 3000 + "x" + "}" * 3000

TEXTS: dict[str, tuple[str | bytes, str]] = {
    "bomb": (BOMB, "aliases expand to more than 200,000 values"),
    "bomb of mappings": (MERGE_BOMB, "aliases expand to more than 200,000 values"),
    "10,000 lists": ("services: " + "[" * 10_000 + "]" * 10_000, "nested more than 128 levels deep"),
    "10,000 mappings": ("services: " + "{a: " * 10_000 + "}" * 10_000, "nested more than 128 levels deep"),
    "10,000 dashes": ("- " * 10_000, "nested more than 128 levels deep"),
    "2,000 steps": ("".join(" " * i + "a:\n" for i in range(2_000)), "nested more than 128 levels deep"),
    "not UTF-8": (SERVICE.encode() + b"    command: \xff\xfe\n", "compose.yaml:4:14: the file is not UTF-8 text"),
    "Latin-1": ("services: {web: {image: käse}}".encode("latin-1"), "is not UTF-8 text"),
    "NUL bytes": (b"services:\n  web:\n    image: a\x00b\n", "compose.yaml:3:13: the file contains NUL bytes"),
    "anchor in itself": ("a: &a [*a]\n", "the anchor &a contains itself"),
    "no anchor": (SERVICE + "    labels: *nothing\n", "there is no anchor &nothing"),
    "nothing": ("", "the Compose file is empty"),
    "a comment": ("# nothing\n", "the Compose file is empty"),
    "a word": ("hello\n", "the top level must be a mapping"),
    "a list": ("- a\n", "the top level must be a mapping"),
    "a date": (SERVICE + "    user: 2001-12-14\n", "must be a text, not the date 2001-12-14"),
    "deep interpolation": (f'services: {{web: {{image: "{NESTED}"}}}}', "is nested more than 64 levels deep"),
    "open interpolation": ('services: {web: {image: "' + "${A:-" * 20_000 + '"}}', "is not a valid use of variables"),
    "long interpolation": ('services: {web: {image: "' + "${A:-b}" * 200_000 + '"}}', "interpolation takes too long"),
    "includes itself": ("include: [compose.yaml]\n" + SERVICE, "files include each other in a circle"),
    "extends itself": ("services: {a: {extends: b}, b: {extends: a}}\n", "services extend each other in a circle"),
    "extends on and on": (
        "services:\n" + "".join(f"  s{i}: {{extends: s{i + 1}}}\n" for i in range(3000)) + "  s3000: {image: x}\n",
        "more than 200 services extend one another",
    ),
    "depends on itself": (
        "services:\n" + "".join(f"  s{i}: {{image: x, depends_on: [s{(i + 1) % 3000}]}}\n" for i in range(3000)),
        "services depend on each other in a circle: s0 → s1 → s2",
    ),
    "20,000 mistakes": (
        "services:\n" + "".join(f"  s{i}: {{imagee: x}}\n" for i in range(20_000)),
        "services.s0.imagee: not known here",
    ),
    "1,000,000 empty mappings": ("x-a: [" + "{}," * 1_000_000 + "]\n" + SERVICE, "the file holds too many values"),
    "too many ports": (
        "services: {web: {image: x, ports: ['1-65535', '1-65535/udp', '1-65535/sctp']}}", "make more than 65,536 ports"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_is_refused_with_a_clear_error(folder: Folder, name: str) -> None:
    text, expected = TEXTS[name]
    assert any(expected in fault for fault in folder.faults(text))


@pytest.mark.parametrize(
    ("rest", "hint"),
    [
        ("    command: [a, b\n", "close the list with ]"),
        ("    environment: {A: 1\n", "close the mapping with }"),
        ('    command: "a\n', "close the quotes"),
        ('    command: "\\d"\n', "a backslash is written twice"),
        ("    command: `a`\n", "quote a value that begins with @, ` or %"),
        ("    command: *\n", "quote a value that begins with *"),
        ("    command: !a!b c\n", "quote a value that begins with !"),
        ("    ports: - 80\n", "begin the list on a line of its own"),
        ("    ports:\n      - 80\n      x: 1\n", "begin each item of the list with '- '"),
        ("   ports: [80]\n", "begin the keys of one mapping in one column"),
        ("\t  ports: [80]\n", "never with tabs"),
        ("    command: *a\n", "put &a before the value"),
    ],
)
def test_what_is_no_yaml_is_refused_with_what_to_do(folder: Folder, rest: str, hint: str) -> None:
    with pytest.raises(ShoreError) as caught:
        folder.load(SERVICE + rest)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "name",
    [
        "bomb",
        "bomb of mappings",
        "long interpolation",
        "20,000 mistakes",
        "1,000,000 empty mappings",
        "doubling",
        "200 MB",
    ],
)
def test_is_refused_soon_and_with_little_memory(folder: Folder, name: str) -> None:
    if name == "200 MB":
        with open(folder.path / "compose.yaml", "wb") as file:
            file.truncate(200 << 20)
    elif name == "doubling":
        folder.write(".env", DOUBLING)
        folder.write("compose.yaml", SERVICE)
    else:
        folder.write("compose.yaml", TEXTS[name][0])

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (3, 3))

    began = time.monotonic()
    run = subprocess.run([SHORE, "config"], capture_output=True, text=True, preexec_fn=limit, timeout=60, check=False)
    assert run.returncode == 1, run.stderr[-500:]
    assert "Traceback" not in run.stderr
    assert run.stderr.startswith(("✗", "failed:"))
    assert time.monotonic() - began < 30  # the processor time is limited above; this only catches a wait


@pytest.mark.parametrize("kind", ["directory", "fifo", "nothing", "unreadable", "socket"])
def test_what_is_no_file_is_refused(folder: Folder, kind: str) -> None:
    file = folder.path / "other.yaml"
    if kind == "directory":
        file.mkdir()
    elif kind == "fifo":
        os.mkfifo(file)
    elif kind == "unreadable":
        file.symlink_to(file)
    elif kind == "socket":
        file.symlink_to("/dev/zero")
    expected = {
        "directory": "other.yaml is a directory",
        "fifo": "other.yaml is not a regular file",
        "nothing": "other.yaml does not exist",
        "unreadable": "other.yaml cannot be read: Too many levels of symbolic links",
        "socket": "other.yaml is not a regular file",
    }[kind]
    assert folder.faults(files=["other.yaml"]) == [f"the Compose file {expected}"]
    text = "services: {web: {extends: {file: other.yaml, service: a}}}"
    assert folder.faults(text)[0].endswith(expected)
    assert folder.faults("include: [other.yaml]\n" + SERVICE)[0].endswith(expected)
    assert folder.faults(SERVICE + "    env_file: other.yaml\n")[0].endswith(expected)


def test_an_env_file_that_doubles_without_end_is_refused(folder: Folder) -> None:
    folder.write(".env", DOUBLING)
    assert folder.faults(SERVICE) == [".env:10: interpolation makes more than 1,048,576 characters"]


def test_several_mistakes_are_told_at_once_and_many_are_counted(folder: Folder) -> None:
    faults = folder.faults(TEXTS["20,000 mistakes"][0])
    assert len(faults) == 51
    assert faults[-1] == "and 19,950 more"


def test_no_file_at_all(folder: Folder, tmp_path: Path) -> None:
    from longshore.compose.load import NoComposeFile

    with pytest.raises(NoComposeFile, match="there is no Compose file in"):
        folder.load(project_directory=str(tmp_path))
