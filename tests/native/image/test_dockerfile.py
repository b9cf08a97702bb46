"""Dockerfile text to lines, instructions and stages."""

from __future__ import annotations

import pytest

from longshore.dockerfile.instructions import Dockerfile, parse, parse_trigger
from longshore.dockerfile.stages import global_args, needed, resolve
from longshore.model.errors import Place, ShoreError


def read(text: str) -> Dockerfile:
    return parse(text, "Dockerfile")


def instructions(text: str) -> list[tuple[str, str, int]]:
    stage = read("FROM scratch\n" + text).stages[0]
    return [(found.keyword, found.line, found.number - 1) for found in stage.instructions]


def test_continuations_comments_and_empty_lines() -> None:
    text = "RUN a \\\n  # a comment inside\n\n  && b \\\n  && c\n# between\nenv X=1\n"
    assert instructions(text) == [("RUN", "a   && b   && c", 1), ("ENV", "X 1", 7)]


def test_an_escaped_escape_does_not_continue() -> None:
    assert instructions("RUN echo \\\\\nRUN b") == [("RUN", "echo \\\\", 1), ("RUN", "b", 2)]


def test_windows_line_ends_byte_order_mark_and_tabs() -> None:
    stage = read("\ufeffFROM\tscratch\r\nRUN\techo hi\r\n").stages[0]
    assert (stage.base, stage.instructions[0].line) == ("scratch", "echo hi")


def test_the_escape_directive() -> None:
    stage = read("# escape=`\nFROM scratch\nRUN dir C:\\ `\n && b\n").stages[0]
    assert stage.instructions[0].line == "dir C:\\  && b"


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
        ("b.txt", "\t\ttabs\n", True),
    ]
    assert second.heredocs[1].chomped == "tabs\n"
    assert third.heredocs == ()


def test_flags_are_taken_off_the_front_only() -> None:
    copy = read("FROM scratch\nCOPY --from=a --chown=1:2 --link x --y /z\n").stages[0].instructions[0]
    assert copy.flags == (("from", "a"), ("chown", "1:2"), ("link", "true"))
    assert copy.words == ("x", "--y", "/z")
    quoted = read("FROM scratch\nCOPY --chown='1:'\"2\" -- --x /z\n").stages[0].instructions[0]
    assert (quoted.flags, quoted.words) == ((("chown", "1:2"),), ("--x", "/z"))


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("", "has no FROM", 1),
        ("RUN x\nFROM a\n", "RUN before the first FROM", 1),
        ("FROM a\n\nRUNN x\n", "RUNN is not an instruction", 3),
        ("FROM a\nCOPY --form=b x y\n", "COPY has no flag --form", 2),
        ("FROM a\nCOPY --chown=1 --chown=2 x y\n", "--chown is given twice", 2),
        ("FROM a\nCOPY --chown x y\n", "--chown lacks a value", 2),
        ("FROM a\nCOPY --link=x y z\n", "true or false", 2),
        ("FROM a b c\n", "FROM takes an image", 1),
        ("FROM a AS 1b\n", "cannot name a stage", 1),
        ("FROM a\nRUN <<EOF\nx\n", "the heredoc EOF has no end", 2),
        ("FROM a\nCOPY a <<EOF\nEOF\n", "cannot take a heredoc as its target", 2),
        ("# escape=x\nFROM a\n", "escape=x is not possible", 1),
        ("FROM a\nWORKDIR\n", "WORKDIR takes exactly one", 2),
        ("FROM a\nENV A=1 \\\n B\n", "name=value is expected", 2),
        ("FROM a\nCMD [1]\n", "nothing but strings", 2),
        ("FROM a\nHEALTHCHECK --interval=soon CMD x\n", "not a duration", 2),
        ("FROM a\nONBUILD ONBUILD RUN x\n", "cannot trigger another ONBUILD", 2),
    ],
)
def test_mistakes_name_their_line_and_what_to_do(text: str, says: str, line: int) -> None:
    with pytest.raises(ShoreError, match=says) as caught:
        read(text)
    assert caught.value.place is not None
    assert caught.value.place.line == line
    assert caught.value.hint


def test_exec_form_and_shell_form() -> None:
    text = 'CMD ["a", "b c"]\nCMD [\'a\']\nCMD echo [1]\nCMD\n'
    found = read("FROM scratch\n" + text).stages[0].instructions
    assert [(cmd.words, cmd.json) for cmd in found] == [
        (("a", "b c"), True), (("['a']",), False), (("echo [1]",), False), ((), False),
    ]  # fmt: skip


def test_pairs() -> None:
    text = "ENV A=1 B=\"x y\" C='z' D=a\\ b\nENV A the old  form\n"
    first, second = read("FROM scratch\n" + text).stages[0].instructions
    assert first.pairs == [("A", "1"), ("B", '"x y"'), ("C", "'z'"), ("D", "a\\ b")]
    assert second.pairs == [("A", "the old  form")]


def test_a_trigger_has_the_place_of_the_line_that_it_comes_from() -> None:
    place = Place("Dockerfile", 7)
    found = parse_trigger("COPY <<EOF /f\nx\nEOF", place)
    assert (found.keyword, found.words, found.number) == ("COPY", ("<<EOF", "/f"), 7)
    with pytest.raises(ShoreError) as caught:
        parse_trigger("NONSENSE x", place)
    assert caught.value.place == place


STAGES = """\
ARG BASE=python:3.11
FROM ${BASE}-slim AS base
FROM debian AS tools
FROM base AS build
RUN --mount=type=bind,from=tools,target=/t make
FROM base AS test
FROM base
COPY --from=build /a /a
COPY --from=nginx:1 /b /b
COPY --from=0 /c /c
"""


def test_only_the_stages_that_a_target_needs() -> None:
    dockerfile = read(STAGES)
    resolved = resolve(dockerfile, {})
    names = [stage.stage.name or "last" for stage in resolved]
    order = [names[index] for index in needed(resolved, None, dockerfile)]
    assert order == ["base", "tools", "build", "last"]
    assert [names[index] for index in needed(resolved, "TEST", dockerfile)] == ["base", "test"]
    assert resolved[0].image == "python:3.11-slim"
    assert resolve(dockerfile, {"BASE": "node:22"})[0].image == "node:22-slim"


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("FROM a AS x\nCOPY --from=y /f /f\nFROM a AS y\nFROM x\n", "does not stand before", 2),
        ("FROM a AS x\nCOPY --from=x /f /f\n", "needs itself", 2),
        ("FROM a AS x\nCOPY --from=1 /f /f\nFROM a\nCOPY --from=x /f /f\n", "needs itself", 4),
        ("FROM a\nCOPY --from=7 /f /f\n", "no stage 7", 2),
        ("FROM a\nCOPY --from=$X /f /f\n", "not replaced", 2),
        ("FROM a\nRUN --mount=from=$X,target=/x true\n", "not replaced", 2),
        ("FROM --platform=a/b/c/d a\n", "no platform", 1),
    ],
)
def test_stages_that_cannot_be_built(text: str, says: str, line: int) -> None:
    dockerfile = read(text)
    with pytest.raises(ShoreError, match=says) as caught:
        needed(resolve(dockerfile, {}), None, dockerfile)
    assert caught.value.place is not None
    assert caught.value.place.line == line


def test_the_latest_stage_of_a_name_is_meant() -> None:
    dockerfile = read("FROM a AS x\nFROM x AS x\nFROM x\nCOPY --from=X /f /f\n")
    resolved = resolve(dockerfile, {})
    assert [stage.parent for stage in resolved] == [None, 0, 1]
    assert resolved[2].uses == (1,)


def test_a_context_replaces_the_stage_of_its_name() -> None:
    dockerfile = read("FROM a AS x\nCOPY --from=y /f /f\nFROM a AS y\nFROM a\nCOPY --from=x /f /f\n")
    resolved = resolve(dockerfile, {}, {"x"})
    assert resolved[0].replaced
    assert needed(resolved, None, dockerfile) == (0, 2)


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
