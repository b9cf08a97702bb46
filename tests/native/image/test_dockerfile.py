"""Dockerfile text to lines, instructions and stages."""

from __future__ import annotations

import pytest

from longshore.dockerfile.instructions import Dockerfile, exec_form, pairs, parse
from longshore.dockerfile.stages import global_args, needed, resolve
from longshore.model.errors import ShoreError


def read(text: str) -> Dockerfile:
    return parse(text, "Dockerfile")


def instructions(text: str) -> list[tuple[str, str, int]]:
    stage = read("FROM scratch\n" + text).stages[0]
    return [(found.keyword, found.rest, found.number - 1) for found in stage.instructions]


def test_continuations_comments_and_empty_lines() -> None:
    text = "RUN a \\\n  # a comment inside\n\n  && b \\\n  && c\n# between\nenv X=1\n"
    assert instructions(text) == [("RUN", "a   && b   && c", 1), ("ENV", "X=1", 7)]


def test_an_escaped_escape_does_not_continue() -> None:
    assert instructions("RUN echo \\\\\nRUN b") == [("RUN", "echo \\\\", 1), ("RUN", "b", 2)]


def test_windows_line_ends_byte_order_mark_and_tabs() -> None:
    stage = read("\ufeffFROM\tscratch\r\nRUN\techo hi\r\n").stages[0]
    assert (stage.base, stage.instructions[0].rest) == ("scratch", "echo hi")


def test_the_escape_directive() -> None:
    stage = read("# escape=`\nFROM scratch\nRUN dir C:\\ `\n && b\n").stages[0]
    assert stage.instructions[0].rest == "dir C:\\  && b"


def test_a_directive_after_a_comment_is_a_comment() -> None:
    assert read("# hello\n# escape=`\nFROM scratch\n").escape == "\\"


def test_heredocs() -> None:
    run = "RUN <<EOF\nset -e\necho $x\nEOF\n"
    copy = 'COPY <<"a.txt" <<-b.txt /d/\n$raw\na.txt\n\t\ttabs\n\tb.txt\n'
    text = f"{run}{copy}RUN cat <<< word\n"
    first, second, third = read("FROM scratch\n" + text).stages[0].instructions
    assert [(doc.name, doc.content, doc.expand) for doc in first.heredocs] == [("EOF", "set -e\necho $x\n", True)]
    assert [(doc.name, doc.content, doc.expand) for doc in second.heredocs] == [
        ("a.txt", "$raw\n", False),
        ("b.txt", "tabs\n", True),
    ]
    assert third.heredocs == ()


def test_flags_are_taken_off_the_front_only() -> None:
    copy = read("FROM scratch\nCOPY --from=a --chown=1:2 --link x --y /z\n").stages[0].instructions[0]
    assert copy.flags == (("from", "a"), ("chown", "1:2"), ("link", "true"))
    assert copy.rest == "x --y /z"


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("", "has no FROM", 0),
        ("RUN x\nFROM a\n", "RUN before the first FROM", 1),
        ("FROM a\n\nRUNN x\n", "RUNN is not an instruction", 3),
        ("FROM a\nCOPY --form=b x y\n", "COPY has no flag --form", 2),
        ("FROM a as b\nFROM c as B\n", "the stage b is there twice", 2),
        ("FROM a b c\n", "FROM takes an image", 1),
        ("FROM a\nRUN <<EOF\nx\n", "the heredoc EOF has no end", 2),
        ("# escape=x\nFROM a\n", "escape=x is not possible", 1),
        ("FROM a\nRUN\n", "RUN needs an argument", 2),
    ],
)
def test_mistakes_name_their_line_and_what_to_do(text: str, says: str, line: int) -> None:
    with pytest.raises(ShoreError, match=says) as caught:
        read(text)
    assert caught.value.place is not None
    assert caught.value.place.line == line
    assert caught.value.hint


def test_exec_form_and_shell_form() -> None:
    assert exec_form('["a", "b c"]') == ("a", "b c")
    assert exec_form("['a']") is None
    assert exec_form("echo [1]") is None


def test_pairs() -> None:
    assert pairs("A=1 B=\"x y\" C='z' D=a\\ b") == [("A", "1"), ("B", '"x y"'), ("C", "'z'"), ("D", "a\\ b")]
    assert pairs("A the old  form") == [("A", "the old  form")]
    with pytest.raises(ValueError, match="name=value"):
        pairs("A=1 B")


STAGES = """\
ARG BASE=python:3.11
FROM ${BASE}-slim AS base
FROM base AS build
RUN --mount=type=bind,from=tools,target=/t make
FROM debian AS tools
FROM base AS test
FROM base
COPY --from=build /a /a
COPY --from=nginx:1 /b /b
COPY --from=0 /c /c
"""


def test_only_the_stages_that_a_target_needs() -> None:
    dockerfile = read(
        STAGES.replace("FROM debian AS tools\n", "").replace(
            "FROM base AS build", "FROM debian AS tools\nFROM base AS build"
        )
    )
    resolved = resolve(dockerfile, {})
    names = [stage.stage.name or "last" for stage in resolved]
    order = [names[index] for index in needed(resolved, None, dockerfile)]
    assert order == ["base", "tools", "build", "last"]
    assert [names[index] for index in needed(resolved, "test", dockerfile)] == ["base", "test"]
    assert resolved[0].image == "python:3.11-slim"
    assert resolve(dockerfile, {"BASE": "node:22"})[0].image == "node:22-slim"


def test_a_stage_that_comes_later_is_an_image() -> None:
    """A name is looked up among the earlier stages only; after them it is an image."""
    assert resolve(read(STAGES), {})[1].uses == ()


def test_an_unknown_target_lists_those_there_are() -> None:
    dockerfile = read(STAGES)
    with pytest.raises(ShoreError, match="no stage nope") as caught:
        needed(resolve(dockerfile, {}), "nope", dockerfile)
    assert "build" in caught.value.hint


def test_an_empty_base_names_the_argument_to_give() -> None:
    with pytest.raises(ShoreError, match="is empty"):
        resolve(read("ARG X\nFROM $X\n"), {})


def test_platform_arguments_are_there_without_arg() -> None:
    assert global_args(read("FROM scratch\n"), {})["TARGETOS"] == "linux"
