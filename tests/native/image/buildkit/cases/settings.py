"""WORKDIR, USER, SHELL, CMD, ENTRYPOINT, HEALTHCHECK and the rest of the configuration."""

from __future__ import annotations

from tests.native.image.buildkit.case import Case

__all__ = ["CASES"]

PARENT = """FROM base
WORKDIR /srv/app
USER app:team
ENTRYPOINT ["e"]
CMD ["c"]
ENV A=1
LABEL l=1
EXPOSE 80
VOLUME /v
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s CMD true
SHELL ["/bin/bash", "-c"]
"""

CASES = (
    Case("workdir-relative", "FROM base\nWORKDIR a\nWORKDIR b/c\nWORKDIR ../d\nRUN pwd > /f\n"),
    Case("workdir-clean", "FROM base\nWORKDIR /a//b/./c/../d/\n"),
    Case("workdir-root", "FROM base\nWORKDIR /\nWORKDIR x\n"),
    Case("workdir-existing", "FROM base\nWORKDIR /base/dir\n"),
    Case("workdir-through-link", "FROM base\nWORKDIR /base/link/new\nRUN pwd > /f\n"),
    Case("workdir-is-link", "FROM base\nWORKDIR /base/link\nRUN pwd > /f\n"),
    Case("workdir-dangling-link", "FROM base\nWORKDIR /base/dangling\n"),
    Case("workdir-is-file", "FROM base\nWORKDIR /base/file\n", says=("/base/file",)),
    Case(
        "workdir-after-user",
        "FROM base\nUSER app\nWORKDIR /home/app/svc\nUSER 55:66\nWORKDIR /n/m\nUSER 77\nWORKDIR /o\n",
    ),
    Case("workdir-after-user-group", "FROM base\nUSER app:team\nWORKDIR /x/y\nUSER :crew\nWORKDIR /z\n"),
    Case("workdir-after-unknown-user", "FROM base\nUSER nobodyknows\nWORKDIR /x\n"),
    Case(
        "workdir-user-then-write",
        "FROM base\nUSER app\nWORKDIR /home/app/svc\nRUN touch -d @950000000 lock && id -un > who\n",
    ),
    Case("workdir-in-setgid-folder", "FROM base\nWORKDIR /base/plain/x/y\n"),
    Case("workdir-without-run", "FROM scratch\nWORKDIR /only/this\n"),
    Case("workdir-variable-unset", "FROM base\nWORKDIR /a/$UNSET/b\n"),
    Case("workdir-inherited", "FROM base AS p\nWORKDIR /p\nFROM p\nWORKDIR q\nCOPY a .\n", {"a": "a"}),
    Case("user-run-by-name", "FROM base\nUSER app\nRUN id > /tmp/f\n", root_only="groups"),
    Case(
        "user-run-by-number", "FROM base\nUSER 2000\nRUN id > /tmp/f\nUSER 4000\nRUN id > /tmp/g\n", root_only="groups"
    ),
    Case(
        "user-run-with-group",
        "FROM base\nUSER app:crew\nRUN id > /tmp/f\nUSER 2000:77\nRUN id > /tmp/g\n",
        root_only="groups",
    ),
    Case(
        "user-home",
        "FROM base\nRUN echo $HOME > /f\nUSER app\nRUN echo $HOME > /tmp/g\nUSER 4000\nRUN echo $HOME > /tmp/h\n",
    ),
    Case("user-home-set", "FROM base\nENV HOME=/mine\nUSER app\nRUN echo $HOME > /tmp/g\n"),
    Case(
        "user-owner-of-what-run-makes", "FROM base\nUSER app:team\nRUN mkdir /tmp/d && touch -d @950000000 /tmp/d/f\n"
    ),
    Case("user-back-to-root", "FROM base\nUSER app\nUSER root\nRUN id -u > /f\n"),
    Case("user-group-in-group-file-only", "FROM base\nUSER 0:team\nRUN id -g > /f\n", root_only="groups"),
    Case("user-unknown", "FROM base\nUSER nobodyknows\nRUN true\n", says=("nobodyknows",)),
    Case("user-unknown-group", "FROM base\nUSER app:nobodyknows\nRUN true\n", says=("nobodyknows",)),
    Case("user-unknown-without-run", "FROM base\nUSER nobodyknows\nENV A=1\n"),
    Case("cmd-forms", "FROM base\nCMD echo  'a  b'\n"),
    Case("cmd-json", 'FROM base\nCMD ["a", "b c"]\n'),
    Case("cmd-last-wins", 'FROM base\nCMD ["a"]\nCMD b\n'),
    Case("cmd-reset-empty-json", 'FROM base\nCMD ["a"]\nCMD []\n'),
    Case("cmd-empty", "FROM base\nCMD\n"),
    Case("entrypoint-shell-form", "FROM base\nENTRYPOINT exec top -b\n"),
    Case("entrypoint-json", 'FROM base\nENTRYPOINT ["a", "b"]\n'),
    Case("entrypoint-resets-cmd-of-base", 'FROM base\nENTRYPOINT ["a"]\n'),
    Case("entrypoint-keeps-cmd-of-stage", 'FROM base\nCMD ["c"]\nENTRYPOINT ["a"]\n'),
    Case("entrypoint-before-cmd", 'FROM base\nENTRYPOINT ["a"]\nCMD ["c"]\n'),
    Case("entrypoint-resets-cmd-of-parent-stage", 'FROM base AS p\nCMD ["c"]\nFROM p\nENTRYPOINT ["a"]\n'),
    Case("entrypoint-reset", "FROM made\nENTRYPOINT []\n", made='FROM base\nENTRYPOINT ["a"]\nCMD ["c"]\n'),
    Case(
        "entrypoint-reset-with-cmd",
        'FROM made\nENTRYPOINT []\nCMD ["d"]\n',
        made='FROM base\nENTRYPOINT ["a"]\nCMD ["c"]\n',
    ),
    Case("entrypoint-empty", "FROM made\nENTRYPOINT\n", made='FROM base\nENTRYPOINT ["a"]\nCMD ["c"]\n'),
    Case("inherit-all-from-image", "FROM made\n", made=PARENT),
    Case("inherit-all-from-stage", f"{PARENT.replace('FROM base', 'FROM base AS p')}FROM p\n"),
    Case(
        "inherit-and-change",
        "FROM made\nWORKDIR sub\nUSER root\nENV A=2 B=3\nLABEL l=2 m=3\nEXPOSE 81\nVOLUME /w\nHEALTHCHECK NONE\n",
        made=PARENT,
    ),
    Case("inherit-shell-used", "FROM made\nUSER root\nRUN [[ a == a ]] && echo bash > /f\nCMD x\n", made=PARENT),
    Case("shell", 'FROM base\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN echo $BASH > /f\nCMD x\nENTRYPOINT y\n'),
    Case(
        "shell-several",
        'FROM base\nSHELL ["/bin/bash", "-c"]\nCMD x\nSHELL ["/bin/sh", "-e", "-c"]\nRUN echo $- > /f\n',
    ),
    Case(
        "shell-of-another-kind", 'FROM base\nSHELL ["/usr/bin/perl", "-e"]\nRUN open(F, ">", "/f"); print F "perl";\n'
    ),
    Case("healthcheck-shell", "FROM base\nHEALTHCHECK CMD curl -f http://x/ || exit 1\n"),
    Case("healthcheck-json", 'FROM base\nHEALTHCHECK CMD ["a", "b"]\n'),
    Case(
        "healthcheck-options",
        "FROM base\n"
        "HEALTHCHECK --interval=1m30s --timeout=2.5s --start-period=500ms --start-interval=1s --retries=5 CMD "
        "true\n",
    ),
    Case("healthcheck-zero", "FROM base\nHEALTHCHECK --interval=0s --retries=0 CMD true\n"),
    Case("healthcheck-none", "FROM base\nHEALTHCHECK NONE\n"),
    Case("healthcheck-last-wins", "FROM base\nHEALTHCHECK --retries=2 CMD a\nHEALTHCHECK --interval=3s CMD b\n"),
    Case("healthcheck-lower-case", "FROM base\nHEALTHCHECK cmd true\n"),
    Case("healthcheck-shell-directive", 'FROM base\nSHELL ["/bin/bash", "-c"]\nHEALTHCHECK CMD [[ a == a ]]\n'),
    Case("stopsignal-forms", "FROM base\nSTOPSIGNAL SIGQUIT\n"),
    Case("stopsignal-number", "FROM base\nSTOPSIGNAL 9\n"),
    Case("stopsignal-short-name", "FROM base\nSTOPSIGNAL quit\n"),
    Case("stopsignal-realtime", "FROM base\nSTOPSIGNAL SIGRTMIN+3\n"),
    Case("labels-of-the-build", "FROM base\nLABEL a=1 b=2\n", labels={"b": "build", "c": "3"}),
    Case("labels-of-the-build-on-target", "FROM base AS p\nFROM p\n", labels={"c": "3"}),
    Case(
        "volume-then-write",
        "FROM base\nVOLUME /base/plain\nRUN echo x > /base/plain/kept\nCOPY a /base/plain/\n",
        {"a": "a"},
    ),
    Case("path-is-set-for-scratch", "FROM scratch\nCOPY a /a\n", {"a": "a"}),
    Case("scratch-empty", "FROM scratch\n"),
    Case("scratch-settings-only", 'FROM scratch\nENV A=1\nCMD ["/a"]\n'),
)
