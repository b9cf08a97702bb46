"""Heredocs of COPY, ADD and RUN: names, quotes, variables, tabs, backslashes."""

from __future__ import annotations

from tests.native.image.buildkit.case import REFUSED, Case

__all__ = ["CASES"]

CASES = (
    Case("heredoc-copy", "FROM base\nCOPY <<EOF /f\none\n  two\nEOF\nCOPY <<name /to/\nx\nname\n"),
    Case("heredoc-several", "FROM base\nCOPY <<one <<two a /to/\n1\none\n2\ntwo\n", {"a": "a"}),
    Case(
        "heredoc-variables",
        "FROM base\nARG A=arg\nENV E=env\nCOPY <<EOF /f\n$A ${E} ${N:-none} $N|${A^^}\nEOF\n",
        says=("modifier",),
    ),
    Case(
        "heredoc-variable-forms",
        "FROM base\nARG A=arg\nENV E=env\nCOPY <<EOF /f\n$A ${E} ${N:-none} $N|${A:+yes} ${A#a} '$A' \"$E\"\nEOF\n",
    ),
    Case("heredoc-quoted", "FROM base\nARG A=arg\nCOPY <<'EOF' /f\n$A \\$A \\\\ ${\nEOF\nCOPY <<\"E2\" /g\n$A\nE2\n"),
    Case(
        "heredoc-backslashes",
        "FROM base\nENV V=val\nCOPY <<EOF /f\nlocation ~ \\.php$ { set \\$x ${V}; }\n"
        'json "\\\\d+" C:\\dir\\new $$ \\t\nend \\\nnext\nEOF\n',
    ),
    Case("heredoc-dollars", "FROM base\nCOPY <<EOF /f\n$ $$ $1 $@ $* $# $? $- $! $0 a$\n$(date) `date`\nEOF\n"),
    Case("heredoc-chomp", "FROM base\nCOPY <<-EOF /f\n\tone\n\t\ttwo\n\t three\n\tEOF\n"),
    Case("heredoc-chomp-spaces-stay", "FROM base\nCOPY <<-EOF /f\n  one\n\ttwo\nEOF\n"),
    Case("heredoc-comment-inside", "FROM base\nCOPY <<EOF /f\n# no comment\n\n#\nEOF\n"),
    Case("heredoc-instruction-inside", "FROM base\nCOPY <<EOF /f\nFROM nowhere\nRUN false\nEOF\n"),
    Case("heredoc-empty", "FROM base\nCOPY <<EOF /f\nEOF\n"),
    Case("heredoc-flags", "FROM base\nCOPY --chown=app:team --chmod=750 <<EOF /n/f\nx\nEOF\n"),
    Case("heredoc-add", "FROM base\nADD <<EOF /f\nadded $PATH\nEOF\n"),
    Case("heredoc-run", "FROM base\nRUN <<EOF\necho one > /f\ncd /tmp\npwd >> /f\nEOF\n"),
    Case(
        "heredoc-run-variables-by-the-shell",
        'FROM base\nARG A=arg\nRUN <<EOF\nA=other\necho "$A" \'$A\' \\$A "\\$A" > /f\nEOF\n',
    ),
    Case("heredoc-run-quoted", "FROM base\nRUN <<'EOF'\nA=1; echo $A \\\\ > /f\nEOF\n"),
    Case("heredoc-run-first-failure-goes-on", "FROM base\nRUN <<EOF\nfalse\necho after > /f\nEOF\n"),
    Case(
        "heredoc-run-shebang",
        "FROM base\nRUN <<EOF\n#!/usr/bin/perl\nopen(F, '>', '/f'); print F \"perl $0\"; close F;\nEOF\n",
    ),
    Case("heredoc-run-shebang-chomp", "FROM base\nRUN <<-EOF\n\t#!/bin/sh -e\n\techo $- > /f\n\tEOF\n"),
    Case("heredoc-run-to-program", "FROM base\nRUN perl <<EOF\nopen(F, '>', '/f'); print F 'perl'; close F;\nEOF\n"),
    Case("heredoc-run-into-file", "FROM base\nRUN cat <<EOF > /f\n$HOME\n\\$x\nEOF\n"),
    Case("heredoc-run-two", "FROM base\nRUN cat <<one <<two > /f && cat /dev/null\n1\none\n2\ntwo\n"),
    Case("heredoc-run-descriptor", "FROM base\nRUN cat 3<<EOF <&3 > /f\nthree\nEOF\n"),
    Case(
        "heredoc-run-with-shell",
        'FROM base\nSHELL ["/bin/bash", "-euo", "pipefail", "-c"]\nRUN <<EOF\n[[ a == a ]] && echo bash > /f\nEOF\n',
    ),
    Case("heredoc-run-with-mount", "FROM base\nRUN --mount=type=tmpfs,target=/t <<EOF\ntouch /t/x; ls /t > /f\nEOF\n"),
    Case("heredoc-run-after-command", "FROM base\nRUN cat > /f <<EOF && echo done >> /f\ntext\nEOF\n"),
    Case("heredoc-run-chomp-command", "FROM base\nRUN cat > /f <<-EOF\n\ttabbed\n\tEOF\n"),
    Case("heredoc-shift-in-text", 'FROM base\nRUN echo "a << b" > /f\nRUN echo $((1<<3)) > /g\n'),
    Case("heredoc-json-run", 'FROM base\nRUN ["sh", "-c", "echo \'<<EOF\' > /f"]\n'),
    Case("heredoc-here-string", 'FROM base\nSHELL ["/bin/bash", "-c"]\nRUN cat <<< word > /f\n'),
    Case("heredoc-spaces-before-name", "FROM base\nCOPY << EOF /f\nx\nEOF\n", says=REFUSED),
    Case("heredoc-end-with-blanks", "FROM base\nCOPY <<EOF /f\nEOF \n EOF\nEOF\n"),
    Case("heredoc-windows-lines", "FROM base\r\nCOPY <<EOF /f\r\none\r\nEOF\r\nRUN <<EOF\r\necho two > /g\r\nEOF\r\n"),
    Case("heredoc-escape-directive", "# escape=`\nFROM base\nENV V=val\nCOPY <<EOF /f\n`$V \\$V $V\nEOF\n"),
    Case("heredoc-continuation-before", "FROM base\nCOPY --chmod=700 \\\n  <<EOF \\\n  /f\nx\nEOF\n"),
    Case("heredoc-name-with-quotes-inside", "FROM base\nCOPY <<E'O'F /f\n$PATH\nEOF\n"),
    Case("heredoc-name-with-extension", "FROM base\nCOPY <<site.conf <<x-y /etc/n/\n1\nsite.conf\n2\nx-y\n"),
    Case("heredoc-unterminated", "FROM base\nRUN <<EOF\necho\n", says=("heredoc",)),
    Case("heredoc-as-target", "FROM base\nCOPY a <<EOF\nx\nEOF\n", {"a": "a"}, says=("heredoc",)),
    Case("heredoc-variable-from-shell-not-build", "FROM base\nRUN X=1; cat <<EOF > /f\n$X\nEOF\n"),
    Case(
        "heredoc-onbuild",
        "FROM made\n",
        made="FROM base\nONBUILD COPY <<EOF /f\nx $PATH\nEOF\nONBUILD RUN <<EOF\necho y > /g\nEOF\n",
    ),
)
