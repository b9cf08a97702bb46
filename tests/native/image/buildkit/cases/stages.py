"""Stages: names, targets, what is built and what is not, ONBUILD."""

from __future__ import annotations

from tests.native.image.buildkit.case import Case, File

__all__ = ["CASES"]

THREE = (
    "FROM base AS one\nENV S=1\nRUN echo 1 > /1\nFROM base AS two\nENV S=2\nFROM one AS three\nENV S=3\n"
    "RUN echo 3 > /3\n"
)

CASES = (
    Case("stage-target-first", THREE, target="one"),
    Case("stage-target-middle", THREE, target="two"),
    Case("stage-target-last", THREE),
    Case("stage-target-upper-case", THREE, target="ONE"),
    Case("stage-target-number", THREE, target="1", says=("1",)),
    Case("stage-target-unknown", THREE, target="four", says=("four",)),
    Case("stage-not-needed-is-not-built", "FROM base AS bad\nRUN false\nFROM base\nENV A=1\n"),
    Case("stage-not-needed-image-unknown", "FROM nowhere.invalid/none AS bad\nFROM base\nENV A=1\n"),
    Case("stage-not-needed-parse-error", "FROM base AS bad\nCOPY one\nFROM base\nENV A=1\n", says=("COPY",)),
    Case("stage-chain", "FROM base AS a\nRUN echo a > /a\nFROM a AS b\nRUN echo b > /b\nFROM b\nRUN cat /a /b > /c\n"),
    Case("stage-same-name-twice", "FROM base AS x\nENV A=1\nFROM base AS x\nENV B=2\nFROM x\nENV C=3\n"),
    Case(
        "stage-copy-from-name-twice",
        "FROM scratch AS x\nCOPY a /a\nFROM scratch AS x\nCOPY b /a\nFROM scratch\nCOPY --from=x /a /a\n",
        {"a": "a", "b": "b"},
    ),
    Case(
        "stage-copy-from-later",
        "FROM base AS x\nCOPY --from=y /a /a\nFROM base AS y\nCOPY a /a\n",
        {"a": "a"},
        target="x",
        says=("y",),
    ),
    Case("stage-copy-from-itself", "FROM base AS x\nCOPY --from=x /base/file /a\n", says=("x",)),
    Case("stage-copy-from-number-too-large", "FROM base\nCOPY --from=3 /a /a\n", says=("3",)),
    Case("stage-copy-from-itself-by-number", "FROM base\nCOPY --from=0 /base/file /a\n", says=("0",)),
    Case(
        "stage-copy-from-variable",
        "FROM base AS x\nFROM base\nARG S=x\nCOPY --from=$S /base/file /a\n",
        says=("--from",),
    ),
    Case(
        "stage-mount-from-variable",
        "FROM base AS x\nFROM base\nARG S=x\nRUN --mount=from=$S,target=/m true\n",
        says=("from",),
    ),
    Case(
        "stage-unknown-from-is-an-image",
        "FROM base\nCOPY --from=nowhere.invalid/none /a /a\n",
        says=("nowhere.invalid/none",),
    ),
    Case("stage-from-unknown-image", "FROM nowhere.invalid/none\n", says=("nowhere.invalid/none",)),
    Case(
        "stage-named-context-replaces-stage",
        "FROM base AS s\nRUN false\nFROM base\nCOPY --from=s /f /f\n",
        named={"s": {"f": "ctx"}},
    ),
    Case("stage-from-upper-case", "FROM base AS lower\nENV A=1\nFROM LOWER\n", says=("LOWER",)),
    Case(
        "stage-from-named-context",
        "FROM folder\nCOPY a /a\nENV A=1\n",
        {"a": "a"},
        named={"folder": {"f": "ctx", "bin/x": File("x", 0o755), ".dockerignore": "g", "g": "g"}},
    ),
    Case(
        "stage-named-context-replaces-image",
        "FROM nowhere.invalid/none AS x\nCOPY a /a\n",
        {"a": "a"},
        named={"nowhere.invalid/none": {"f": "ctx"}},
    ),
    Case("stage-scratch-as-name-of-source", "FROM base\nRUN --mount=type=bind,from=scratch,target=/m ls -A /m > /f\n"),
    Case("stage-platform-of-this-machine", "FROM --platform=linux/amd64 base AS x\nENV A=1\n"),
    Case(
        "onbuild-fires",
        "FROM made\nRUN echo own >> /f\n",
        made="FROM base\nONBUILD RUN echo fired > /f\nONBUILD ENV A=1\nONBUILD WORKDIR /ob\n",
    ),
    Case("onbuild-not-in-its-own", "FROM base\nONBUILD RUN echo fired > /f\nENV A=1\n"),
    Case("onbuild-not-in-grandchild", "FROM made AS c\nFROM c\n", made="FROM base\nONBUILD RUN echo fired >> /f\n"),
    Case(
        "onbuild-of-a-stage",
        "FROM base AS p\nONBUILD RUN echo fired > /f\nONBUILD COPY a /a\nFROM p\nENV A=1\n",
        {"a": "a"},
    ),
    Case(
        "onbuild-copy-and-variables",
        "FROM made\n",
        {"a": "a\n"},
        made="FROM base\nARG X=1\nONBUILD ARG Y=2\nONBUILD COPY --chown=app a /$Y/$X\n",
    ),
    Case(
        "onbuild-copy-from-stage",
        "FROM base AS s\nRUN echo s > /s && touch -d @950000000 /s\nFROM made\n",
        made="FROM base\nONBUILD COPY --from=s /s /s\n",
    ),
    Case(
        "onbuild-config",
        "FROM made\n",
        made=(
            'FROM base\nONBUILD CMD ["x"]\nONBUILD USER app\nONBUILD LABEL a=1\nONBUILD HEALTHCHECK CMD y\n'
            "ONBUILD EXPOSE 1\n"
        ),
    ),
    Case("onbuild-lower-case", "FROM made\n", made="FROM base\nonbuild run echo x > /f\n"),
    Case("onbuild-of-onbuild", "FROM base\nONBUILD ONBUILD RUN true\n", says=("ONBUILD",)),
    Case("onbuild-from", "FROM base\nONBUILD FROM x\n", says=("FROM", "ONBUILD")),
    Case("onbuild-maintainer", "FROM base\nONBUILD MAINTAINER x\n", says=("MAINTAINER", "ONBUILD")),
    Case("onbuild-unknown", "FROM made\n", made="FROM base\nONBUILD NONSENSE x\n", says=("NONSENSE",)),
    Case("onbuild-fails", "FROM made\nENV A=1\n", made="FROM base\nONBUILD RUN exit 3\n", says=("3",)),
    Case("onbuild-replaced-by-own", "FROM made\nONBUILD ENV B=2\n", made="FROM base\nONBUILD ENV A=1\n"),
)
