"""Small Dockerfiles, each breaking a rule of the build checks or coming near to it. `base` is an image that knows
PATH and KNOWN=1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["BASE_ENV", "CASES", "Case"]

BASE_ENV = {"PATH": "/bin", "KNOWN": "1"}


@dataclass(frozen=True)
class Case:
    text: str
    args: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    ignore: str = ""
    refused: bool = False


CASES: dict[str, Case] = {
    "nothing": Case('FROM base\nCMD ["x"]\n'),
    "shell-form": Case("FROM base\nENTRYPOINT start\nCMD run it\n"),
    "shell-form-after-shell": Case('FROM base\nSHELL ["/bin/bash", "-c"]\nCMD run it\n'),
    "shell-of-parent-stage": Case('FROM base AS a\nSHELL ["/bin/bash", "-c"]\nFROM a\nCMD run it\n'),
    "small-cmd": Case("from base\ncmd run it\ncmd run that\n"),
    "stage-name-casing": Case('FROM base AS Build\nFROM base\nCOPY --from=build / /x\nCMD ["x"]\n'),
    "as-casing": Case("FROM base as a\nfrom base AS b\nFrom base As c\nRUN x\nRUN y\nRUN z\n"),
    "as-mixed": Case("FROM base As a\n"),
    "casing-more-large": Case("FROM base\nrun x\nRun y\nRUN z\n"),
    "casing-more-small": Case("from base\nrun x\nworkdir /a\nRUN z\n"),
    "casing-even": Case("FROM base\nrun x\n"),
    "casing-arg-before-from": Case("arg X=1\nFROM base\nRUN x\n"),
    "reserved-context": Case("FROM base AS context\n"),
    "reserved-scratch": Case("FROM base AS scratch\nRUN x\n"),
    "stage-twice": Case("FROM base AS a\nFROM base AS A\nFROM base AS a\n"),
    "empty-continuation": Case("FROM base\nRUN a \\\n\n  b \\\n  c\nRUN x\n"),
    "comment-continuation": Case("FROM base\nRUN a \\\n# why\n  b\n"),
    "empty-continuation-and-heredoc": Case("FROM base\nRUN <<EOF \\\n\n  sh\necho\nEOF\nRUN x\n"),
    "maintainer": Case("FROM base\nMAINTAINER me\n"),
    "legacy-env": Case("FROM base\nENV A b c\nENV D=e\n"),
    "legacy-label": Case("FROM base\nlabel a b\nLABEL c=d\n"),
    "legacy-env-secret": Case("FROM base\nENV TOKEN x\n"),
    "twice": Case('FROM base\nCMD ["a"]\nENTRYPOINT ["b"]\nCMD ["c"]\nCMD ["d"]\nENTRYPOINT ["e"]\n'),
    "twice-health": Case("FROM base\nHEALTHCHECK NONE\nHEALTHCHECK CMD x\n"),
    "twice-in-two-stages": Case('FROM base AS a\nCMD ["a"]\nFROM a\nCMD ["b"]\n'),
    "secrets": Case("FROM base\nARG API_KEY\nARG password=1\nENV GITHUB_TOKEN=x AUTH=y\nENV keys=1 MONKEY=2\n"),
    "secrets-public": Case("FROM base\nENV PUBLIC_KEY=1 KEY_PUBLIC=2 PUBLICKEY=3 TOKEN_TTL=4 my_secret_x=5\n"),
    "secret-before-from": Case("ARG TOKEN=1\nFROM base\nARG TOKEN\n"),
    "workdir": Case("FROM base\nWORKDIR app\nWORKDIR sub\n"),
    "workdir-after-absolute": Case("FROM base\nWORKDIR /app\nWORKDIR sub\n"),
    "workdir-variable": Case("FROM base\nARG D=/x\nWORKDIR $D\n"),
    "workdir-variable-relative": Case("FROM base\nARG D=x\nWORKDIR ${D}/y\n"),
    "workdir-of-parent": Case("FROM base AS a\nWORKDIR /x\nFROM a\nWORKDIR y\n"),
    "workdir-of-scratch": Case("FROM scratch\nWORKDIR y\n"),
    "undefined": Case("FROM base\nCOPY $src /x\nENV A=$b C=${c:-d}\nUSER $u\nRUN echo $nobody\n"),
    "undefined-twice": Case("FROM base\nCOPY $one$one $one /x/\n"),
    "undefined-near": Case("FROM base\nENV FOLDER=/x\nWORKDIR $FOLDR\nWORKDIR $PAHT\nWORKDIR /$known\n"),
    "undefined-arg-without-value": Case("FROM base\nARG X\nWORKDIR /$X\n"),
    "undefined-global-arg": Case("ARG X=1\nFROM base\nWORKDIR /$X\n"),
    "defined-by-image": Case("FROM base\nWORKDIR /$KNOWN/$PATH\n"),
    "undefined-in-scratch": Case("FROM scratch\nWORKDIR /$KNOWN/$PATH\n"),
    "undefined-in-arg": Case("FROM base\nARG X=$y\nARG Z=${x:+1}\n"),
    "given-arg": Case("FROM base\nARG X=$y\nWORKDIR /$X\n", args={"X": "1"}),
    "undefined-in-heredoc": Case("FROM base\nCOPY <<EOF /x\n$who\nEOF\nCOPY <<'EOF' /y\n$who\nEOF\n"),
    "undefined-in-mount": Case("FROM base\nRUN --mount=type=cache,target=/$where x\n"),
    "undefined-in-flags": Case("FROM base\nCOPY --chown=$u:$g --chmod=$m a /b\n"),
    "undefined-in-expose": Case("FROM base\nEXPOSE $port\nEXPOSE 80\n"),
    "undefined-label": Case("FROM base\nLABEL a=$b \"c\"='$d'\n"),
    "undefined-volume": Case('FROM base\nVOLUME /$v\nVOLUME ["/$w"]\nSTOPSIGNAL $s\n'),
    "arg-of-parent": Case("FROM base AS a\nARG X=1\nFROM a\nWORKDIR /$X\n"),
    "env-in-one-line": Case("FROM base\nENV A=1 B=$A\n"),
    "quotes": Case("FROM base\nENV A='$b' C=\"$d\" E=\\$f\n"),
    "from-undeclared": Case("FROM ${BASE:-base}\n"),
    "from-undeclared-near": Case("ARG BASSE=base\nFROM ${BASE:-base}\n"),
    "from-platform-undeclared": Case("FROM --platform=${PLATFORM:-linux/amd64} base\n"),
    "from-without-default": Case("ARG BASE\nFROM $BASE\n", args={"BASE": "base"}),
    "from-with-default": Case("ARG BASE=base\nFROM $BASE\n"),
    "from-tag-without-default": Case("ARG TAG\nFROM base:${TAG}\n", args={"TAG": "latest"}),
    "platform-redundant": Case("FROM --platform=$TARGETPLATFORM base\n"),
    "platform-redundant-braces": Case("FROM --platform=${TARGETPLATFORM} base\n"),
    "platform-of-builder": Case("FROM --platform=$BUILDPLATFORM base\n"),
    "platform-constant": Case("FROM --platform=linux/amd64 base\n"),
    "platform-constant-named": Case("FROM --platform=linux/amd64 base AS build-amd64\n"),
    "expose": Case("FROM base\nEXPOSE 80/TCP 127.0.0.1:80:80 8080:80 5353/udp 90:90/Udp\n"),
    "expose-variable": Case('FROM base\nENV P="80/TCP 81"\nEXPOSE $P\n'),
    "skip-one": Case("# check=skip=JSONArgsRecommended\nFROM base\nCMD x\nMAINTAINER y\n"),
    "skip-two": Case("# check=skip=JSONArgsRecommended, MaintainerDeprecated\nFROM base\nCMD x\nMAINTAINER y\n"),
    "skip-small": Case("# check=skip=jsonargsrecommended\nFROM base\nCMD x\n"),
    "skip-all": Case("# escape=\\\n# check=skip=all\nFROM base\nCMD x\n"),
    "skip-and-error": Case("# check=error=true;skip=JSONArgsRecommended\nFROM base\nCMD x\n"),
    "error": Case("# check=error=true\nFROM base\nCMD x\n"),
    "ignored": Case("FROM base\nCOPY a.log b /x/\n", ignore="*.log\n"),
    "ignored-asked": Case("# check=experimental=CopyIgnoredFile\nFROM base\nCOPY a.log b /x/\nADD d/e.log /\n"
                          "ADD http://files.test/a.log /\n", ignore="**/*.log\n"),
    "ignored-by-folder": Case("# check=experimental=all\nFROM base\nCOPY d/e /x\n", ignore="d\n"),
    "described": Case("# check=experimental=all\n# X is it\nARG X=1\n# build makes it\nFROM base AS build\n# more\n"
                      "ARG Y=1 Z=2\n"),
    "described-badly": Case("# check=experimental=all\n# something\nARG X=1\n\n# makes it\n\nFROM base AS build\n"
                            "#\n# Y so\n#\nARG Y\n"),
    "target": Case("FROM base AS a\nCMD a\nFROM base AS b\nCMD b\n", target="a"),
    "target-needs": Case("FROM base AS a\nCMD a\nFROM base AS b\nCMD b\nFROM base AS c\nCOPY --from=b / /b\n",
                         target="c"),
    "no-target": Case("FROM base AS a\nCMD a\nFROM base AS b\nCMD b\n"),
    "onbuild": Case("FROM base AS a\nONBUILD WORKDIR rel\nONBUILD CMD x\nFROM a\nRUN y\n"),
    "long-file": Case("FROM base\n" + "RUN true\n" * 8 + "CMD x\n" + "RUN true\n" * 8),
    "lines-of-one": Case("FROM base\nRUN x\nENV A=1 \\\n    PASSWORD=2 \\\n    C=$d\nRUN y\nRUN z\n"),
    "no-newline-at-end": Case("FROM base\nCMD x"),
    "several-of-a-line": Case("FROM base\nENV TOKEN $b\n"),
    "wrong": Case("FROM base\nCMD x\nNOTHING\n", refused=True),
    "no-stage": Case("FROM base\nCMD x\n", target="there", refused=True),
    "crlf": Case("FROM base\r\nCMD x\r\nMAINTAINER y\r\n"),
    "escape": Case("# escape=`\nFROM base\nRUN a `\n\n b\nWORKDIR c:\\$x\n"),
}  # fmt: skip
