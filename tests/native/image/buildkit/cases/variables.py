"""ARG and ENV: where they are seen, which wins, and the forms of replacement."""

from __future__ import annotations

from tests.native.image.buildkit.case import Case

__all__ = ["CASES"]

SAY = 'RUN echo "[$A][$B][$C]" > /f\n'

CASES = (
    Case("arg-default-and-given", f"FROM base\nARG A=1\nARG B=2\nARG C\n{SAY}", args={"B": "given"}),
    Case("arg-not-declared", f"FROM base\n{SAY}", args={"A": "given"}),
    Case(
        "arg-several-in-a-line",
        'FROM base\nARG A B=2 C\nRUN echo "[$A][$B][$C]" > /f\nARG D E=5\nRUN echo "[$D][$E]" > /g\n',
        args={"A": "a", "C": "c"},
    ),
    Case("arg-several-use-each-other", 'FROM base\nARG A=1 B=${A}2 C="$B 3"\nRUN echo "[$A][$B][$C]" > /f\n'),
    Case("arg-quotes", "FROM base\nARG A=\"x y\" B='$A' C=z\\ z\n" + SAY),
    Case("arg-before-declaration", f'FROM base\n{SAY}ARG A=1\nRUN echo "$A" > /g\n'),
    Case("arg-declared-twice", f"FROM base\nARG A=1\nARG A=2\n{SAY}"),
    Case("arg-declared-again-without-value", f"FROM base\nARG A=1\nARG A\n{SAY}"),
    Case("arg-global-not-seen", f"ARG A=1\nFROM base\n{SAY}"),
    Case("arg-global-seen-after-declaration", f"ARG A=1\nARG B=2\nFROM base\nARG A\nARG B=own\n{SAY}"),
    Case("arg-global-given", f"ARG A=1\nFROM base\nARG A\n{SAY}", args={"A": "given"}),
    Case("arg-global-uses-global", "ARG A=ba\nARG B=${A}se\nFROM ${B} AS x\nARG B\nRUN echo $B > /f\n"),
    Case("arg-global-without-value", f"ARG A\nFROM base\nARG A\n{SAY}"),
    Case("arg-global-several", f"ARG A=1 B=2\nFROM base\nARG A B\n{SAY}"),
    Case(
        "arg-inherited-by-child",
        f'FROM base AS p\nARG A=1\nARG B\nFROM p\n{SAY}ARG A\nRUN echo "$A" > /g\n',
        args={"B": "given"},
    ),
    Case("arg-inherited-by-grandchild", f"FROM base AS p\nARG A=1\nFROM p AS q\nARG B=2\nFROM q\n{SAY}"),
    Case("arg-inherited-and-global", f"ARG A=global\nFROM base AS p\nARG A\nFROM p\n{SAY}"),
    Case("arg-not-inherited-by-sibling", f"FROM base AS p\nARG A=1\nFROM base\n{SAY}"),
    Case("arg-not-in-image", f"FROM made\n{SAY}", made="FROM base\nARG A=1\nRUN true\n"),
    Case("env-beats-arg", f"FROM base\nENV A=env\nARG A=arg\n{SAY}", args={"A": "given"}),
    Case("env-beats-earlier-arg", f"FROM base\nARG A=arg\nENV A=env\n{SAY}"),
    Case("env-from-arg", f"FROM base\nARG A=arg\nENV B=${{A}} C=${{A:-x}}\n{SAY}"),
    Case("arg-empty-given", f"FROM base\nARG A=1\nENV B=${{A:-default}} C=${{A-default}}\n{SAY}", args={"A": ""}),
    Case("env-same-line-uses-old", f"FROM base\nENV A=1\nENV A=2 B=$A\n{SAY}"),
    Case("env-expansion-in-name", "FROM base\nARG N=NAME\nENV X_$N=1 ${N}_Y=2\n"),
    Case("env-order", "FROM base\nENV Z=1\nENV A=2\nENV Z=3\n"),
    Case("env-path", "FROM base\nENV PATH=/opt/bin:$PATH\nRUN echo $PATH > /f\n"),
    Case("env-over-base-child", 'FROM base AS p\nENV A=1 B=2\nFROM p\nENV B=3\nRUN echo "[$A][$B]" > /f\n'),
    Case("env-newline-in-value", 'FROM base\nENV A="one\\\ntwo"\nRUN echo "$A" > /f\n'),
    Case("arg-in-run-not-in-config", "FROM base\nARG A=1\nENV B=$A\n"),
    Case(
        "arg-predefined-proxy",
        'FROM base\nRUN echo "[$HTTP_PROXY][$http_proxy][$no_proxy]" > /f\n',
        args={"HTTP_PROXY": "http://p", "no_proxy": "x"},
    ),
    Case(
        "arg-predefined-proxy-in-config",
        "FROM base\nARG HTTP_PROXY\nENV A=$HTTP_PROXY\n",
        args={"HTTP_PROXY": "http://p"},
    ),
    Case("arg-platform-not-declared", 'FROM base\nRUN echo "[$TARGETPLATFORM][$TARGETARCH]" > /f\n'),
    Case(
        "arg-platform-declared",
        "FROM base\nARG TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT BUILDPLATFORM BUILDARCH\n"
        'RUN echo "[$TARGETPLATFORM][$TARGETOS][$TARGETARCH][$TARGETVARIANT][$BUILDPLATFORM][$BUILDARCH]" > /f\n',
    ),
    Case("arg-platform-default-of-its-own", "FROM base\nARG TARGETARCH=mine\nRUN echo $TARGETARCH > /f\n"),
    Case("arg-target-stage", 'FROM base AS one\nARG TARGETSTAGE\nRUN echo "[$TARGETSTAGE]" > /f\n', target="one"),
    Case("arg-in-from-platform", "FROM --platform=$BUILDPLATFORM base\nENV A=1\n"),
    Case("arg-same-name-as-env-of-base", "FROM made\nARG A=arg\nRUN echo $A > /f\n", made="FROM base\nENV A=env\n"),
    Case("expand-dash", 'FROM base\nENV E="" S=set\nENV A=${E:-x}${E-y}|${S:-x}${S-y}|${U:-x}${U-y}\n'),
    Case("expand-plus", 'FROM base\nENV E="" S=set\nENV A=${E:+x}|${E+y}|${S:+x}|${S+y}|${U:+x}|${U+y}\n'),
    Case("expand-question-set", "FROM base\nENV S=set\nENV A=${S:?no} B=${S?no}\n"),
    Case("expand-question-unset", 'FROM base\nENV A=${U:?missing} B="${U:?is needed}"\n', says=("U", "missing")),
    Case("expand-question-without-text", "FROM base\nENV A=${U?}\n", says=("U",)),
    Case("expand-nested", 'FROM base\nENV S=set\nENV A=${U:-${S:+in}} B=${U:-$S-x} C="${U:-a b}"\n'),
    Case(
        "expand-trim",
        "FROM base\nENV P=/usr/local/bin/x.tar.gz\nENV A=${P#*/} B=${P##*/} C=${P%.*} D=${P%%.*} E=${P#none}\n",
    ),
    Case("expand-replace", "FROM base\nENV P=a-b-c\nENV A=${P/-/+} B=${P//-/+} C=${P//-/} D=${P/x/y} E=${P/b*/z}\n"),
    Case("expand-replace-backslash", "FROM base\nENV P=a/b/c\nENV A=${P/\\//-} B=${P//\\//-}\n"),
    Case("expand-pattern-question", "FROM base\nENV P=abcabc\nENV A=${P#?} B=${P%??} C=${P//b?/X}\n"),
    Case("expand-pattern-brackets", "FROM base\nENV P=a[b]c.d\nENV A=${P#a[b]} B=${P%.d} C=${P/[/(}\n"),
    Case("expand-specials", "FROM base\nENV A=$$ B=$1 C=x$ D=$@ E=${1} F=a$-b\n"),
    Case("expand-names", "FROM base\nENV N=1\nENV A=$N_x B=${N}_x C=$N.x D=$N/x E=$Nx\n"),
    Case("expand-escapes", 'FROM base\nENV N=1\nENV A=\\$N B=\\\\$N C="\\$N" D="\\\\" E=a\\bc F="a\\bc"\n'),
    Case("expand-quotes-inside", 'FROM base\nENV N=1\nENV A="it\'s $N" B=\'say "$N"\' C=\\"$N\\"\n'),
    Case(
        "expand-value-with-quotes",
        'FROM base\nARG Q\nENV A=$Q B="$Q"\nRUN echo "$A" > /f\n',
        args={"Q": "a \"b\" 'c' $d \\e"},
    ),
    Case("expand-in-workdir", "FROM base\nARG D=deep\nENV E=er\nWORKDIR /$D/${E}\nWORKDIR ${U:-more}\n"),
    Case("expand-in-user", "FROM base\nARG U=app G=team\nUSER ${U}:${G}\nRUN id -u > /tmp/f && id -g >> /tmp/f\n"),
    Case("expand-in-label", 'FROM base\nARG V=1.2\nLABEL version=$V "$V"=x other="v ${V}" raw=\'$V\'\n'),
    Case("expand-in-expose", 'FROM base\nARG P=80 Q="90 91/udp"\nEXPOSE $P ${Q}\n'),
    Case("expand-in-volume", 'FROM base\nARG V=/v\nVOLUME $V ${V}2\nVOLUME ["$V/3"]\n'),
    Case("expand-in-stopsignal", "FROM base\nARG S=SIGINT\nSTOPSIGNAL $S\n"),
    Case(
        "expand-in-copy", 'FROM base\nARG S=a T=/to\nCOPY $S ${T}/${S}\nCOPY ["$S", "$T/j"]\n', {"a": "a", "$S": "no"}
    ),
    Case("expand-in-add", "FROM base\nENV S=a\nADD ${S} /to/$S\n", {"a": "a"}),
    Case("expand-not-in-run", "FROM base\nENV A=x\nRUN A=y; echo $A '$A' > /f\n"),
    Case("expand-not-in-cmd", 'FROM base\nENV A=x\nCMD echo $A\nENTRYPOINT ["$A"]\n'),
    Case("expand-not-in-healthcheck", "FROM base\nENV A=x\nHEALTHCHECK CMD test $A\n"),
    Case("expand-not-in-shell", 'FROM base\nENV A=x\nSHELL ["$A", "-c"]\n'),
    Case("expand-in-onbuild-later", "FROM made\n", made="FROM base\nENV A=x\nARG B=y\nONBUILD ENV C=$A D=$B\n"),
    Case("expand-in-from", "ARG I=base\nFROM $I\nENV A=1\n"),
    Case("expand-in-from-default", "ARG I\nFROM ${I:-base}\nENV A=1\n"),
    Case("expand-in-from-quotes", 'ARG I="base"\nFROM "$I"\nENV A=1\n'),
    Case("expand-global-uses-given", "ARG A=x\nARG B=$A-y\nFROM base\nARG B\nRUN echo $B > /f\n", args={"A": "given"}),
)
