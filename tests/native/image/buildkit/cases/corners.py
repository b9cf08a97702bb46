"""Corners: what people write that none of the other topics asks."""

from __future__ import annotations

import tarfile

from tests.native.image.buildkit.case import ENTERED, FILES, REFUSED, Case, Dir, File, Hard, Link
from tests.native.image.buildkit.cases.packing import entry, gzipped, tar

__all__ = ["CASES"]

SOME = {"a": "a\n", "b": "b\n", "d/x": "x\n", "d/sub/y": "y\n", "e/z": "z\n"}
CHECKED = "# check=error=true\n"
SMALL = tar([entry("top/f", b"f\n", mode=0o640, owner=(7, 8))])

CASES = (
    # check
    Case("check-clean", f"{CHECKED}FROM base\nENV A=1\n"),
    Case("check-maintainer", f"{CHECKED}FROM base\nMAINTAINER me\n", says=("MaintainerDeprecated",)),
    Case("check-legacy-env", f"{CHECKED}FROM base\nENV A 1\n", says=("LegacyKeyValueFormat",)),
    Case("check-legacy-label", f"{CHECKED}FROM base\nLABEL a b\n", says=("LegacyKeyValueFormat",)),
    Case("check-json-args", f"{CHECKED}FROM base\nCMD echo hi\n", says=("JSONArgsRecommended",)),
    Case("check-json-args-entrypoint", f"{CHECKED}FROM base\nENTRYPOINT echo hi\n", says=("JSONArgsRecommended",)),
    Case("check-json-args-with-shell", f'{CHECKED}FROM base\nSHELL ["/bin/bash", "-c"]\nCMD echo hi\n'),
    Case("check-undefined-var", f"{CHECKED}FROM base\nCOPY $none /x/\n", SOME, says=("UndefinedVar",)),
    Case("check-undefined-var-near", f"{CHECKED}FROM base\nARG FOO=1\nENV B=$FO\n", says=("UndefinedVar",)),
    Case("check-undefined-var-default", f"{CHECKED}FROM base\nENV B=${{NONE:-x}}\n", says=("UndefinedVar",)),
    Case(
        "check-self-consistent-casing", f"{CHECKED}FROM base\nenv A=1\nENV B=2\n", says=("ConsistentInstructionCasing",)
    ),
    Case("check-mixed-casing", f"{CHECKED}From base\n", says=("ConsistentInstructionCasing",)),
    Case("check-from-as-casing", f"{CHECKED}FROM base as x\n", says=("FromAsCasing",)),
    Case("check-stage-name-casing", f"{CHECKED}FROM base AS Xy\n", says=("StageNameCasing",)),
    Case("check-reserved-stage-name", f"{CHECKED}FROM base AS context\n", says=("ReservedStageName",)),
    Case("check-reserved-scratch", "FROM base AS scratch\nENV A=1\n"),
    Case("check-duplicate-stage", f"{CHECKED}FROM base AS x\nFROM base AS x\n", says=("DuplicateStageName",)),
    Case("check-workdir-relative", f"{CHECKED}FROM base\nWORKDIR x\n", says=("WorkdirRelativePath",)),
    Case("check-workdir-relative-after-absolute", f"{CHECKED}FROM base\nWORKDIR /y\nWORKDIR x\n"),
    Case("check-secrets-in-env", f"{CHECKED}FROM base\nENV AWS_SECRET_ACCESS_KEY=x\n", says=("SecretsUsedInArgOrEnv",)),
    Case("check-secrets-in-arg", f"{CHECKED}FROM base\nARG MY_PASSWORD\n", says=("SecretsUsedInArgOrEnv",)),
    Case("check-secrets-public-key", f"{CHECKED}FROM base\nENV PUBLIC_KEY=x APP_TOKENS_FILE=y\n"),
    Case("check-multiple-cmd", f'{CHECKED}FROM base\nCMD ["a"]\nCMD ["b"]\n', says=("MultipleInstructionsDisallowed",)),
    Case(
        "check-multiple-healthcheck",
        f"{CHECKED}FROM base\nHEALTHCHECK CMD a\nHEALTHCHECK CMD b\n",
        says=("MultipleInstructionsDisallowed",),
    ),
    Case("check-empty-continuation", f"{CHECKED}FROM base\nRUN true && \\\n\n  true\n", says=("NoEmptyContinuation",)),
    Case("check-expose-proto-casing", f"{CHECKED}FROM base\nEXPOSE 80/TCP\n", says=("ExposeProtoCasing",)),
    Case("check-expose-host-part", f"{CHECKED}FROM base\nEXPOSE 127.0.0.1:80:80\n", says=("ExposeInvalidFormat",)),
    Case("check-undefined-arg-in-from", f"{CHECKED}FROM base${{NONE}}\n", says=("UndefinedArgInFrom",)),
    Case(
        "check-platform-redundant",
        f"{CHECKED}FROM --platform=$TARGETPLATFORM base\n",
        says=("RedundantTargetPlatform",),
    ),
    Case(
        "check-platform-constant",
        f"{CHECKED}FROM --platform=linux/amd64 base\n",
        says=("FromPlatformFlagConstDisallowed",),
    ),
    Case("check-copy-ignored", f"{CHECKED}FROM base\nCOPY b /b\n", {**SOME, ".dockerignore": "a\n"}),
    Case("check-copy-ignored-file", f"{CHECKED}FROM base\nCOPY a /a\n", {**SOME, ".dockerignore": "a\n"}, says=REFUSED),
    Case("check-skip-one", "# check=skip=MaintainerDeprecated;error=true\nFROM base\nMAINTAINER me\n"),
    Case("check-skip-all", "# check=skip=all;error=true\nFROM base\nMAINTAINER me\nENV A 1\n"),
    Case(
        "check-skip-several",
        "# check=skip=MaintainerDeprecated,LegacyKeyValueFormat;error=true\nFROM base\nMAINTAINER me\nENV A 1\n",
    ),
    Case("check-error-false", "# check=error=false\nFROM base\nMAINTAINER me\n"),
    Case("check-error-word", "# check=error=maybe\nFROM base\n", says=REFUSED),
    Case("check-unknown-key", "# check=foo=bar\nFROM base\n", says=REFUSED),
    Case(
        "check-upper-case-skip",
        "# check=skip=maintainerdeprecated;error=true\nFROM base\nMAINTAINER me\n",
        says=("MaintainerDeprecated",),
    ),
    Case(
        "check-unused-stage",
        f"{CHECKED}FROM base AS other\nMAINTAINER me\nFROM base\nENV A=1\n",
        says=("MaintainerDeprecated",),
    ),
    Case("check-onbuild", f"{CHECKED}FROM base\nONBUILD ENV A 1\n"),
    Case("check-invalid-description", f"{CHECKED}# base is what there was\nFROM base AS base2\n# foo bar\nENV A=1\n"),
    # copy and links
    Case("corner-copy-dot-into-linked-workdir", "FROM base\nWORKDIR /base/link\nCOPY . .\n", SOME),
    Case("corner-copy-into-removed-and-made", "FROM base\nRUN rm -r /base/dir\nCOPY d /base/dir\n", SOME),
    Case(
        "corner-copy-two-folders-same-name",
        "FROM base\nCOPY p/d q/d /to/\n",
        {"p/d/x": "1", "q/d/x": "2", "q/d/y": "3"},
    ),
    Case("corner-copy-trailing-dot-target", "FROM base\nCOPY a /to/.\nCOPY d /n/./m/..\n", SOME),
    Case(
        "corner-copy-from-stage-link-target",
        "FROM base AS s\nRUN mkdir /o && echo 1 > /o/f && ln -s f /o/l && "
        "ln -s /o/f /o/abs && touch -hd @950000000 /o/* /o\nFROM base\n"
        "COPY --from=s /o/l /l\nCOPY --from=s /o/abs /abs\n",
    ),
    Case(
        "corner-copy-from-folder-link",
        "FROM base AS s\nRUN mkdir /o && echo 1 > /o/f && ln -s o /ol && "
        "touch -d @950000000 /o/f /o\nFROM base\nCOPY --from=s /ol /x\n"
        "COPY --from=s /ol/ /y/\nCOPY --from=s /ol/f /z\n",
    ),
    Case("corner-copy-link-flag-folder-over-existing", "FROM base\nCOPY --link d /base/dir/\n", SOME),
    Case("corner-copy-link-flag-workdir", "FROM base\nWORKDIR /w/x\nCOPY --link --chmod=700 a ./\n", SOME),
    Case(
        "corner-copy-exclude-several",
        "FROM base\nCOPY --exclude=*.md --exclude=sub . /to/\n",
        {"a.md": "a", "b": "b", "sub/x": "x", "k/sub": "y", "k/c.md": "z"},
    ),
    Case(
        "corner-copy-exclude-from-stage",
        "FROM base AS s\nRUN mkdir -p /o/p && touch -d @950000000 /o/a.md /o/b /o/p/c.md "
        "/o/p /o\nFROM base\nCOPY --from=s --exclude=**/*.md /o /to\n",
    ),
    Case("corner-copy-parents-dots", "FROM base\nCOPY --parents ./d/./sub/y ./e/z /to/\n", SOME),
    Case("corner-copy-parents-double-star", "FROM base\nCOPY --parents **/x **/z /to/\n", SOME),
    Case("corner-copy-star-with-dot", "FROM base\nCOPY ./d/* /to/\n", SOME),
    Case("corner-copy-braces-are-no-pattern", "FROM base\nCOPY {a,b} /to/\n", SOME, says=REFUSED),
    Case("corner-copy-chown-zero", "FROM base\nCOPY --chown=0 a /a\nCOPY --chown=00:0 b /b\n", SOME),
    Case(
        "corner-copy-chown-long-number", "FROM base\nCOPY --chown=65534:65534 a /a\nCOPY --chown=4294967 b /b\n", SOME
    ),
    Case(
        "corner-copy-chmod-three-and-sticky",
        "FROM base\nCOPY --chmod=1777 d /t\nCOPY --chmod=7 a /a\nCOPY --chmod=0 b /b\n",
        SOME,
        root_only="an ordinary user cannot read what nobody may",
    ),
    Case("corner-copy-same-target-twice", "FROM base\nCOPY a b /to/x/\nCOPY b /to/x/a\n", SOME),
    Case(
        "corner-copy-json-with-flags",
        'FROM base\nCOPY --chown=app --chmod=0600 ["a", "b", "/two words/"]\n',
        SOME,
        differs=ENTERED,
    ),
    Case(
        "corner-copy-hard-links-of-folder", "FROM base\nCOPY d /to\nCOPY d/h /one\n", {"d/f": "f\n", "d/h": Hard("d/f")}
    ),
    # add
    Case("corner-add-tar-uppercase-gz", "FROM base\nADD S.TGZ /to/\n", {"S.TGZ": gzipped(SMALL)}),
    Case("corner-add-gz-of-two-members", "FROM base\nADD s.tar.gz /to/\n", {"s.tar.gz": gzipped(SMALL) + gzipped(b"")}),
    Case("corner-add-tar-trailing-bytes", "FROM base\nADD s.tar /to/\n", {"s.tar": SMALL + b"trailing bytes"}),
    Case(
        "corner-add-tar-dot-entry",
        "FROM base\nADD s.tar /base/dir\n",
        {"s.tar": tar([entry(".", kind=tarfile.DIRTYPE, mode=0o711, owner=(9, 9)), entry("./n", b"1")])},
    ),
    Case(
        "corner-add-tar-hard-link-to-existing",
        "FROM base\nADD s.tar /base\n",
        {"s.tar": tar([entry("h", kind=tarfile.LNKTYPE, link="file")])},
    ),
    Case(
        "corner-add-folder-with-archive-star",
        "FROM base\nADD d/* /to/\n",
        {"d/s.tar.gz": gzipped(SMALL), "d/t.txt": "t"},
    ),
    Case("corner-add-json", 'FROM base\nADD ["a", "s.tar", "/to/"]\n', {"a": "a", "s.tar": SMALL}),
    # variables and words
    Case("corner-env-tabs", "FROM base\nENV\tA=1\t\tB=2\n"),
    Case("corner-env-json-value", 'FROM base\nENV J=\'{"a": [1, 2]}\' K={\\"a\\":1}\n'),
    Case("corner-env-hash", 'FROM base\nENV A=a#b B="# c" C=#d\n'),
    Case("corner-env-empty-then-default", "FROM base\nENV A=\nENV B=${A:-x} C=${A-x} D=${A:+x}z\n"),
    Case("corner-env-trim-variable", "FROM base\nENV P=a/b/c S=/*\nENV A=${P%$S} B=${P%%$S} C=${P/b/$S}\n"),
    Case("corner-arg-uses-env", "FROM base\nENV E=1\nARG A=${E}2\nRUN echo $A > /f\n"),
    Case("corner-arg-from-given-in-from", "ARG V=none\nFROM ${V}\nENV A=1\n", args={"V": "base"}),
    Case("corner-arg-in-healthcheck-flag", "FROM base\nARG T=3s\nHEALTHCHECK --interval=$T CMD true\n", says=REFUSED),
    Case("corner-label-multi-line", 'FROM base\nLABEL a="one \\\n  two" \\\n  b=2\n'),
    Case("corner-expose-range-proto", "FROM base\nEXPOSE 8000-8002/udp 90\nEXPOSE 90/tcp\n"),
    Case("corner-volume-json-and-inherit", 'FROM base AS p\nVOLUME ["/a", "/b c"]\nFROM p\nVOLUME /d /a\n'),
    Case("corner-user-empty-group", "FROM base\nUSER app:\nRUN id -g > /tmp/f\n"),
    Case(
        "corner-user-numeric-unknown",
        "FROM base\nUSER 4321\nRUN id -u > /tmp/f; id -g >> /tmp/f; echo $HOME >> /tmp/f\n",
    ),
    Case("corner-user-quoted", 'FROM base\nUSER "app"\nRUN id -un > /tmp/f\n'),
    Case("corner-workdir-trailing-blank", "FROM base\nWORKDIR /a b \nRUN pwd > /f\n"),
    Case("corner-workdir-dots-from-root", "FROM base\nWORKDIR ../../x\nRUN pwd > /f\n"),
    Case("corner-shell-then-entrypoint-json", 'FROM base\nSHELL ["/bin/bash", "-c"]\nENTRYPOINT ["a"]\nCMD b c\n'),
    Case("corner-cmd-json-single-quotes", "FROM base\nCMD ['a', 'b']\n"),
    Case("corner-cmd-unicode-escape", 'FROM base\nCMD ["\\u00fc", "a\\tb"]\n'),
    Case("corner-stopsignal-lower", "FROM base\nSTOPSIGNAL sigterm\n"),
    Case(
        "corner-healthcheck-from-none",
        "FROM made\nHEALTHCHECK --interval=5s CMD y\n",
        made="FROM base\nHEALTHCHECK NONE\n",
    ),
    # run
    Case(
        "corner-run-comment-lines", "FROM base\nRUN echo one > /f && \\\n# said\n    # indented\n    echo two >> /f\n"
    ),
    Case("corner-run-exec-umask", 'FROM base\nRUN ["/bin/mkdir", "-p", "/n/m"]\nRUN ["touch", "/n/t"]\n'),
    Case("corner-run-removes-link", "FROM base\nRUN rm /base/link && mkdir /base/link && touch /base/link/own\n"),
    Case(
        "corner-run-moves-file-over",
        "FROM base\nRUN echo n > /base/n && mv /base/n /base/file && cp -a /base/file /base/copy\n",
    ),
    Case("corner-run-chmod-only-folder", "FROM base\nRUN chmod 0700 /base/dir/sub\nRUN chmod 0755 /base/dir/sub\n"),
    Case("corner-run-touch-same-content", "FROM base\nRUN cat /base/file > /t && cat /t > /base/file && rm /t\n"),
    Case("corner-run-xattr-less-copy", "FROM base\nRUN cp -r /base/plain /copied && rmdir /base/plain\n"),
    Case(
        "corner-run-bind-then-copy-out",
        "FROM base\nRUN --mount=target=/src cp -r /src/d /kept && chmod -R go-w /kept\n",
        SOME,
    ),
    Case(
        "corner-run-mount-file-target-exists",
        "FROM base\nRUN --mount=source=a,target=/base/file cat /base/file > /f\nRUN cat /base/file > /g\n",
        SOME,
    ),
    Case(
        "corner-run-mount-nested",
        "FROM base\nRUN --mount=target=/m --mount=source=e,target=/m/d/sub ls /m/d /m/d/sub > /f\n",
        SOME,
    ),
    Case(
        "corner-run-mount-tmpfs-in-bind",
        "FROM base\nRUN --mount=target=/m --mount=type=tmpfs,target=/m/d ls -A /m /m/d > /f\n",
        SOME,
    ),
    Case(
        "corner-run-cache-below-existing",
        "FROM base\n"
        "RUN --mount=type=cache,id=c18,target=/base/dir ls -A /base/dir > /f; touch /base/dir/k\n"
        "RUN ls /base/dir > /g\n",
    ),
    Case(
        "corner-run-secret-name-with-dot",
        "FROM base\nRUN --mount=type=secret,id=a.b cat /run/secrets/a.b > /f\n",
        secrets={"a.b": "1\n"},
    ),
    Case("corner-run-network-host-needs-allow", "FROM base\nRUN --network=host true\n"),
    Case("corner-run-home-of-number", "FROM base\nUSER 2000\nRUN echo $HOME > /tmp/f\n"),
    Case("corner-run-pipe-status", "FROM base\nRUN false | true && echo passed > /f\n"),
    Case("corner-run-dollar-dollar", "FROM base\nRUN echo \"$$\" | grep -c '^[0-9]' > /f\n"),
    # stages
    Case(
        "corner-stage-from-arg-stage",
        "ARG WHICH=two\nFROM base AS one\nENV S=1\nFROM base AS two\nENV S=2\nFROM ${WHICH} AS last\nENV L=1\n",
    ),
    Case(
        "corner-stage-from-arg-stage-given",
        "ARG WHICH=two\nFROM base AS one\nENV S=1\nFROM base AS two\nENV S=2\nFROM ${WHICH}\n",
        args={"WHICH": "one"},
    ),
    Case(
        "corner-stage-scratch-then-copy-all",
        "FROM base AS s\nRUN rm -rf /usr /var /etc /lib* /bin /sbin /opt 2>/dev/null || true\nFROM scratch\nCOPY a /\n",
        SOME,
    ),
    Case(
        "corner-stage-onbuild-in-chain",
        "FROM made AS x\nFROM x\nRUN echo end >> /f\n",
        made="FROM base\nONBUILD RUN echo one > /f\n",
    ),
    Case(
        "corner-stage-labels-and-target",
        "FROM base AS p\nLABEL a=1\nFROM p AS q\nLABEL b=2\n",
        target="p",
        labels={"a": "9"},
    ),
    Case(
        "corner-stage-name-with-dots",
        "FROM base AS a.b-c_d\nRUN echo 1 > /f && touch -d @950000000 /f\nFROM base\nCOPY --from=a.b-c_d /f /f\n",
    ),
    Case(
        "corner-stage-args-per-stage",
        "ARG V=1\nFROM base AS a\nARG V=2\nRUN echo $V > /f && touch -d @950000000 /f\n"
        "FROM base\nARG V\nRUN echo $V > /g\nCOPY --from=a /f /f\n",
    ),
    # heredocs
    Case("corner-heredoc-two-files-one-run", "FROM base\nRUN <<A cat > /f && cat <<B > /g\none\nA\ntwo\nB\n"),
    Case("corner-heredoc-copy-json", 'FROM base\nCOPY <<EOF "/a b"\nx\nEOF\n', says=("quote",)),
    Case("corner-heredoc-copy-over-link", "FROM base\nCOPY <<EOF /base/to-file\nx\nEOF\n"),
    Case("corner-heredoc-add-tar-like-name", "FROM base\nADD <<s.tar /to/\nnot a tar\ns.tar\n"),
    Case(
        "corner-heredoc-run-strict",
        'FROM base\nSHELL ["/bin/sh", "-ec"]\nRUN <<EOF\nfalse\necho after > /f\nEOF\n',
        says=("1",),
    ),
    Case("corner-heredoc-run-python-free", "FROM base\nRUN <<'EOF' sh\necho \"$0 $#\" > /f\nEOF\n"),
    Case(
        "corner-heredoc-copy-mode-user",
        "FROM base\nUSER app\nCOPY <<EOF /home/app/f\nx\nEOF\nRUN cat /home/app/f > /tmp/g\n",
    ),
    # ignore
    Case(
        "corner-ignore-comment-in-line", "FROM base\nCOPY . /to\n", {**SOME, ".dockerignore": "a # not a comment\nb\n"}
    ),
    Case(
        "corner-ignore-double-negation",
        "FROM base\nCOPY . /to\n",
        {**SOME, ".dockerignore": "*\n!d\nd/sub\n!d/sub/y\n"},
    ),
    Case(
        "corner-ignore-trailing-double-star", "FROM base\nCOPY . /to\n", {**SOME, ".dockerignore": "d/**\n!d/sub/**\n"}
    ),
    Case(
        "corner-ignore-dockerfile",
        "FROM base\nCOPY . /to\n",
        {**SOME, "Dockerfile": "x", ".dockerignore": "Dockerfile\n.dockerignore\n"},
    ),
    Case("corner-ignore-case", "FROM base\nCOPY . /to\n", {**SOME, "README": "r", ".dockerignore": "readme\nA\n"}),
    # grammar
    Case("corner-grammar-vertical-space", "FROM base\nRUN echo a\u00a0b > /f\n"),
    Case("corner-grammar-tab-comment", "FROM base\n\t# comment\n\tENV A=1 \\\n\t# between\n\tB=2\n"),
    Case("corner-grammar-crlf-continuation", "FROM base\r\nENV A=1 \\\r\n  B=2\r\n\r\nRUN echo $A \\\r\n  $B > /f\r\n"),
    Case("corner-grammar-colon-escape-path", "# escape=`\nFROM base\nENV A=c:\\x B=a`\n  C=2\n"),
    Case("corner-grammar-from-lower-stage-ref", "from base as b\nfrom b\nrun echo 1 > /f\n"),
    Case("corner-refuse-copy-up-and-missing", "FROM base\nCOPY ../a/none /x\n", SOME, says=("none",)),
    Case("corner-refuse-add-git", "FROM base\nADD git@nowhere.invalid:x/y.git /x\n", says=REFUSED),
    Case("corner-refuse-user-blank", 'FROM base\nUSER ""\n'),
    Case("corner-refuse-workdir-empty", 'FROM base\nWORKDIR ""\n'),
    Case("corner-refuse-label-quote", 'FROM base\nLABEL a="b\n', says=REFUSED),
    Case("corner-refuse-from-scratch-name", "FROM scratch AS scratch\nENV A=1\n"),
    Case("corner-refuse-copy-from-empty", "FROM base\nCOPY --from= a /a\n", SOME),
    Case("corner-refuse-run-nothing", "FROM base\nRUN\n"),
    Case("corner-refuse-cmd-nothing-json", "FROM base\nCMD [\n"),
    Case("corner-url-redirect-free-name", f"FROM base\nADD {FILES}/plain.txt .\nADD {FILES}/plain.txt ./n/\n"),
    Case("corner-dir-modes", "FROM base\nCOPY . .\n", {"x": Dir(0o711), "x/f": File("f", 0o4711), "l": Link("x")}),
)
