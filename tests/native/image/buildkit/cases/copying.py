"""COPY: where things go, which modes, owners and dates they get, what of a source is copied."""

from __future__ import annotations

from tests.native.image.buildkit.case import (
    ENTERED,
    FEIGNED,
    NO_DEVICES,
    REFUSED,
    Case,
    Dir,
    Fifo,
    File,
    Hard,
    Link,
    Socket,
)

__all__ = ["CASES"]

SOME = {"a": "a\n", "b": "b\n", "d/x": "x\n", "d/sub/y": "y\n"}
MODES = {
    "d": Dir(0o2700),
    "d/open": Dir(0o777),
    "d/closed": Dir(0o500),
    "d/closed/r": File("r", 0o400),
    "d/s": File("s", 0o4755),
    "d/x": File("x", 0o755),
    "d/w": File("w", 0o666),
}
LINKS = {"f": "f\n", "d/x": "x\n", "l": Link("f"), "ld": Link("d"), "dang": Link("none"), "d/up": Link("../f")}

CASES = (
    Case("copy-file-to-new-name", "FROM base\nCOPY a /new/deep/name\n", SOME),
    Case("copy-file-into-folder", "FROM base\nCOPY a /new/\nCOPY b /base/plain\n", SOME),
    Case("copy-dot", "FROM base\nCOPY . /all\n", SOME),
    Case("copy-dot-to-dot", "FROM base\nWORKDIR /w\nCOPY . .\n", SOME),
    Case("copy-folder-contents", "FROM base\nCOPY d /to\nCOPY d /to2/\nCOPY d/ /to3\nCOPY d/. /to4/.\n", SOME),
    Case("copy-several-with-slash", "FROM base\nCOPY a b d /to/\n", SOME),
    Case("copy-several-without-slash", "FROM base\nCOPY a b /to\n", SOME),
    Case("copy-several-folders-without-slash", "FROM base\nCOPY d a /to\n", SOME),
    Case(
        "copy-relative-target", "FROM base\nWORKDIR /w\nCOPY a one\nCOPY a two/\nCOPY a ./three\nCOPY a ../four\n", SOME
    ),
    Case("copy-empty-target-variable", 'FROM base\nWORKDIR /w\nARG E\nCOPY a ${E}\nCOPY b "${E}/b"\n', SOME),
    Case("copy-target-dot-dot", "FROM base\nCOPY a /x/../y/f\nCOPY a /../../z\n", SOME),
    Case("copy-source-leading-slash-and-dots", "FROM base\nCOPY /a /x/\nCOPY ./d/../b /x/\nCOPY ../../a /y/\n", SOME),
    Case("copy-to-existing-folder", "FROM base\nCOPY a /base/dir\nCOPY d /base/dir\n", SOME),
    Case("copy-over-existing-file", "FROM base\nCOPY a /base/file\n", {"a": File("a\n", 0o600)}),
    Case(
        "copy-target-is-link-to-folder",
        "FROM base\nCOPY a /base/link/\nCOPY b /base/absolute\nCOPY d /base/link\n",
        SOME,
    ),
    Case("copy-target-is-link-to-file", "FROM base\nCOPY a /base/to-file\n", SOME),
    Case("copy-target-is-dangling-link", "FROM base\nCOPY a /base/dangling\n", SOME),
    Case("copy-target-below-dangling-link", "FROM base\nCOPY a /base/dangling/f\n", SOME),
    Case("copy-through-link-of-the-system", "FROM base\nCOPY a /bin/a-program\nCOPY d /lib/a-folder\n", SOME),
    Case(
        "copy-link-inside-source-over-folder",
        "FROM base\nRUN mkdir -p /t/l && touch /t/l/kept\nCOPY d /t\n",
        {"d/l": Link("elsewhere"), "d/z": "z"},
        says=("/t/l",),
    ),
    Case(
        "copy-file-inside-source-over-link",
        "FROM base\nRUN mkdir /t && ln -s /base/file /t/f && ln -s /base/plain /t/p\nCOPY d /t\n",
        {"d/f": "new f\n"},
    ),
    Case(
        "copy-folder-inside-source-over-link-to-folder",
        "FROM base\nRUN mkdir /t && ln -s /base/plain /t/p\nCOPY d /t\n",
        {"d/p/x": "x\n"},
        says=("/t/p",),
    ),
    Case("copy-folder-over-file", "FROM base\nRUN mkdir /t && touch /t/p\nCOPY d /t\n", {"d/p/x": "x"}, says=("/t/p",)),
    Case("copy-folder-to-file", "FROM base\nCOPY d /base/file\n", SOME, says=("/base/file",)),
    Case("copy-file-below-file", "FROM base\nCOPY a /base/file/a\n", SOME, says=("/base/file",)),
    Case("copy-file-over-folder-in-source", "FROM base\nCOPY d /base\n", {"d/dir": "no folder"}, says=("/base/dir",)),
    Case("copy-modes", "FROM base\nCOPY d /to\n", MODES),
    Case("copy-modes-of-nested", "FROM base\nCOPY . /to\n", MODES),
    Case("copy-modes-over-existing", "FROM base\nRUN mkdir -p /to/open /to/closed\nCOPY d /to\n", MODES),
    Case("copy-existing-root-keeps-mode", "FROM base\nCOPY d /base/dir\n", MODES),
    Case("copy-source-setgid-parent", "FROM base\nCOPY a /base/plain/new/a\n", SOME),
    Case(
        "copy-dates",
        "FROM base\nCOPY a /x/a\nCOPY d /to\n",
        {"a": "a", "d": Dir(date=950_000_000), "d/s": Dir(date=960_000_000), "d/s/f": File("f", date=970_000_000)},
    ),
    Case("copy-empty-folder", "FROM base\nCOPY d /to\n", {"d/empty": Dir(), "d/none": Dir(0o700)}),
    Case("copy-empty-file", "FROM base\nCOPY e /e\n", {"e": ""}),
    Case("copy-binary", "FROM base\nCOPY b /b\n", {"b": bytes(range(256)) * 4}),
    Case(
        "copy-strange-names",
        'FROM base\nCOPY ["a b", "ü.txt", "$c", "/to/"]\n',
        {"a b": "1", "ü.txt": "2", "$c": "3"},
    ),
    Case(
        "copy-names-with-blanks",
        'FROM base\nCOPY ["a b", "ü.txt", "/to/"]\nCOPY a\\ b /x\n',
        {"a b": "1", "ü.txt": "2"},
        says=("a",),
    ),
    Case("copy-json-form", 'FROM base\nCOPY ["a", "b c", "/to dir/"]\n', {"a": "1", "b c": "2"}),
    Case("copy-unicode", "FROM base\nCOPY žluť/ü /to/\n", {"žluť/ü": "1"}),
    Case("copy-case-sensitive", "FROM base\nCOPY A a /to/\n", {"A": "1", "a": "2"}),
    # links of the source
    Case("copy-link-as-source", "FROM base\nCOPY l /l\nCOPY ld /ld\nCOPY ld/x /x\n", LINKS),
    Case("copy-links-inside", "FROM base\nCOPY . /to\n", LINKS),
    Case("copy-dangling-link-as-source", "FROM base\nCOPY dang /d\n", LINKS, says=("dang",)),
    Case("copy-link-up-and-out", "FROM base\nCOPY out/f /f\n", {"out": Link("../../.."), "f": "inner\n"}),
    Case("copy-absolute-link", "FROM base\nCOPY abs /f\n", {"abs": Link("/f"), "f": "inner\n"}),
    Case("copy-link-to-folder-trailing-slash", "FROM base\nCOPY ld/ /ld/\n", LINKS),
    Case("copy-hard-links", "FROM base\nCOPY . /to\n", {"f": "f\n", "g": Hard("f"), "z/h": Hard("f")}),
    Case("copy-hard-links-one-by-one", "FROM base\nCOPY f g /to/\n", {"f": "f\n", "g": Hard("f")}),
    Case("copy-fifo", "FROM base\nCOPY . /to\n", {"p": Fifo(0o640), "f": "f"}),
    Case("copy-socket", "FROM base\nCOPY . /to\n", {"s": Socket(), "f": "f"}),
    # wildcards
    Case("copy-star", "FROM base\nCOPY *.txt /to/\n", {"a.txt": "a", "b.txt": "b", "c.md": "c", ".h.txt": "h"}),
    Case("copy-star-one-without-slash", "FROM base\nCOPY a* /to\n", {"a.txt": "a", "c": "c"}),
    Case("copy-star-folders", "FROM base\nCOPY d* /to/\n", {"d1/x": "1", "d2/x": "2", "d2/y": "3", "d": "4"}),
    Case("copy-star-in-the-middle", "FROM base\nCOPY */x.txt /to/\n", {"d1/x.txt": "1", "d2/x.txt": "2", "x.txt": "0"}),
    Case(
        "copy-question-mark-and-class",
        "FROM base\nCOPY ?.txt /q/\nCOPY [ab]x /c/\nCOPY [^a]x /n/\n",
        {"a.txt": "a", "bb.txt": "b", "ax": "1", "bx": "2", "cx": "3"},
    ),
    Case("copy-escaped-wildcard", 'FROM base\nCOPY ["a[[]b", "/one"]\nCOPY x\\*y /two\n', {"a[b": "1", "x*y": "2"}),
    Case("copy-literal-bracket", 'FROM base\nCOPY ["a[b", "/one"]\n', {"a[b": "1"}, says=("a[b",)),
    Case("copy-star-fits-nothing", "FROM base\nCOPY a none* /to/\n", SOME),
    Case("copy-only-star-fits-nothing", "FROM base\nCOPY none* /to/\n", SOME),
    Case("copy-double-star", "FROM base\nCOPY **/*.txt /to/\n", {"a.txt": "0", "d/b.txt": "1", "d/e/c.txt": "2"}),
    Case("copy-star-through-link", "FROM base\nCOPY ld/* /to/\n", LINKS),
    Case("copy-star-matches-links", "FROM base\nCOPY l* /to/\n", LINKS),
    # owners and modes on request
    Case("copy-chown-numbers", "FROM base\nCOPY --chown=5:6 a /n/a\nCOPY --chown=7 d /m\n", SOME),
    Case(
        "copy-chown-names",
        "FROM base\nCOPY --chown=app a /a\nCOPY --chown=app:team b /b\nCOPY --chown=2000:crew a /c\n",
        SOME,
    ),
    Case("copy-chown-group-only", "FROM base\nCOPY --chown=:team a /a\nCOPY --chown=:77 b /b\n", SOME),
    Case("copy-chown-user-colon", "FROM base\nCOPY --chown=app: a /a\n", SOME),
    Case("copy-chown-known-number", "FROM base\nCOPY --chown=2000 a /a\n", SOME),
    Case("copy-chown-variable", "FROM base\nARG U=app\nENV G=team\nCOPY --chown=$U:${G} a /a\n", SOME),
    Case("copy-chown-unknown-user", "FROM base\nCOPY --chown=nobodyknows a /a\n", SOME),
    Case("copy-chown-unknown-group", "FROM base\nCOPY --chown=app:nobodyknows a /a\n", SOME),
    Case(
        "copy-chown-makes-parents",
        "FROM base\nCOPY --chown=app:app a /one/two/a\nCOPY --chown=app d /one/three\n",
        SOME,
    ),
    Case("copy-chown-existing-folder", "FROM base\nRUN mkdir /to\nCOPY --chown=app d /to\n", SOME),
    Case("copy-chown-existing-nested", "FROM base\nRUN mkdir -p /to/sub\nCOPY --chown=app d /to\n", SOME),
    Case("copy-chown-link", "FROM base\nCOPY --chown=app . /to\n", LINKS),
    Case("copy-chown-without-passwd", "FROM scratch\nCOPY --chown=root:root a /a\nCOPY --chown=3:4 b /b\n", SOME),
    Case("copy-chown-name-without-passwd", "FROM scratch\nCOPY --chown=app a /a\n", SOME, says=("user",)),
    Case("copy-user-does-not-matter", "FROM base\nUSER app\nCOPY a /n/a\nCOPY d /m\n", SOME),
    Case(
        "copy-chmod-file",
        "FROM base\nCOPY --chmod=751 a /a\nCOPY --chmod=0640 b /n/b\nCOPY --chmod=4755 a /s\n",
        SOME,
        differs=ENTERED,
    ),
    Case("copy-chmod-folder", "FROM base\nCOPY --chmod=750 d /to\n", SOME),
    Case("copy-chmod-folder-to-existing", "FROM base\nRUN mkdir -p /to/sub\nCOPY --chmod=700 d /to\n", SOME),
    Case("copy-chmod-640-folder", "FROM base\nCOPY --chmod=640 . /to\n", SOME, differs=ENTERED),
    Case("copy-chmod-640-makes-parents", "FROM base\nCOPY --chmod=640 a /one/two/a\n", SOME, differs=ENTERED),
    Case("copy-chmod-variable", "FROM base\nARG M=711\nCOPY --chmod=$M a /a\n", SOME),
    Case("copy-chmod-symbolic", "FROM base\nCOPY --chmod=u=rwX,go=rX . /to\nCOPY --chmod=a+x a /a\n", SOME),
    Case(
        "copy-chmod-symbolic-more",
        "FROM base\nCOPY --chmod=g+w,o-rwx a /a\nCOPY --chmod=go= a /b\nCOPY --chmod=u+s,+t d /d\n"
        "COPY --chmod=g=u b /c\nCOPY --chmod=o=g-w b /e\n",
        {"a": File("a", 0o664), "b": File("b", 0o760), "d/x": "x"},
    ),
    Case("copy-chmod-symbolic-keeps-special", "FROM base\nCOPY --chmod=go-w . /to\n", MODES),
    Case("copy-chmod-link", "FROM base\nCOPY --chmod=600 . /to\n", LINKS, differs=ENTERED),
    Case("copy-chmod-wrong", "FROM base\nCOPY --chmod=wrong a /a\n", SOME, says=REFUSED),
    Case("copy-chmod-too-large", "FROM base\nCOPY --chmod=17777 a /a\n", SOME, says=("17777",)),
    Case("copy-chmod-not-octal", "FROM base\nCOPY --chmod=0888 a /a\n", SOME, says=("0888",)),
    Case("copy-chmod-and-chown", "FROM base\nCOPY --chmod=710 --chown=app:team d /n/to\n", SOME),
    # --link
    Case("copy-link-flag", "FROM base\nCOPY --link a /n/a\nCOPY --link d /base/dir\n", SOME),
    Case("copy-link-flag-through-link", "FROM base\nCOPY --link a /base/link/a\n", SOME),
    Case("copy-link-flag-over-file", "FROM base\nCOPY --link d /base/file\n", SOME),
    Case("copy-link-flag-chown", "FROM base\nCOPY --link --chown=app a /n/a\n", SOME, says=("user",)),
    Case("copy-link-flag-chown-numbers", "FROM base\nCOPY --link --chown=8:9 a /n/a\n", SOME),
    Case("copy-link-flag-chmod", "FROM base\nCOPY --link --chmod=700 d /base/dir\n", SOME),
    Case("copy-link-flag-false", "FROM base\nCOPY --link=false a /base/link/a\n", SOME),
    Case("copy-link-flag-relative", "FROM base\nWORKDIR /w\nCOPY --link a .\nCOPY --link d ./\n", SOME),
    # --exclude and --parents
    Case(
        "copy-exclude",
        "FROM base\nCOPY --exclude=*.md --exclude=sub d /to\n",
        {"d/a.md": "a", "d/b.txt": "b", "d/sub/c": "c", "d/other/sub/d": "d", "d/other/e.md": "e"},
    ),
    Case(
        "copy-exclude-double-star",
        "FROM base\nCOPY --exclude=**/*.md --exclude=**/sub d /to\n",
        {"d/a.md": "a", "d/sub/c": "c", "d/other/sub/d": "d", "d/other/e.md": "e", "d/other/f": "f"},
    ),
    Case(
        "copy-exclude-negated",
        "FROM base\nCOPY --exclude=* --exclude=!b.txt d /to\n",
        {"d/a.md": "a", "d/b.txt": "b", "d/s/x": "x"},
    ),
    Case("copy-exclude-whole-file", "FROM base\nCOPY --exclude=*.txt *.txt b.md /to/\n", {"a.txt": "a", "b.md": "b"}),
    Case(
        "copy-exclude-variable",
        "FROM base\nARG X=*.md\nCOPY --exclude=$X d /to\n",
        {"d/a.md": "a", "d/b": "b", "d/$X": "x"},
    ),
    Case("copy-parents", "FROM base\nCOPY --parents a d/x d/sub /to/\n", SOME),
    Case("copy-parents-pivot", "FROM base\nCOPY --parents d/./sub/y ./d/./x /to/\n", SOME),
    Case("copy-parents-star", "FROM base\nCOPY --parents */x **/y /to/\n", SOME),
    Case(
        "copy-parents-modes",
        "FROM base\nCOPY --parents p/q/f /to/\n",
        {"p": Dir(0o711), "p/q": Dir(0o2750), "p/q/f": "f"},
    ),
    Case(
        "copy-parents-chown-chmod",
        "FROM base\nCOPY --parents --chown=app --chmod=700 d/sub/y /to/\n",
        SOME,
    ),
    Case("copy-parents-fits-nothing", "FROM base\nCOPY --parents a none/none /to/\n", SOME),
    Case("copy-parents-link", "FROM base\nCOPY --parents ld/x l /to/\n", LINKS),
    Case(
        "copy-parents-to-existing",
        "FROM base\nCOPY --parents dir/sub/new /base/\n",
        {"dir": Dir(0o700), "dir/sub": Dir(0o711), "dir/sub/new": "n"},
    ),
    Case("copy-parents-exclude", "FROM base\nCOPY --parents --exclude=**/y d /to/\n", SOME),
    # from a stage
    Case(
        "copy-from-keeps-owner",
        "FROM base AS s\nRUN mkdir -p /o/d && echo 1 > /o/d/f && chown -R app:team /o && chmod 600 /o/d/f "
        "&& find /o -exec touch -d @950000000 {} +\nFROM base\nCOPY --from=s /o /to\nCOPY --from=s /o/d/f /f\n",
    ),
    Case(
        "copy-from-chown",
        "FROM base AS s\nRUN mkdir -p /o/d && chown -R app /o\nFROM base\nCOPY --from=s --chown=1:2 /o /to\n",
    ),
    Case(
        "copy-from-hard-links",
        "FROM base AS s\nRUN mkdir -p /o && echo 1 > /o/f && ln /o/f /o/g && touch -d @950000000 /o/f\n"
        "FROM base\nCOPY --from=s /o /to\n",
    ),
    Case(
        "copy-from-fifo",
        "FROM base AS s\nRUN mkdir /o && mkfifo -m 640 /o/p && touch -d @950000000 /o/p /o\n"
        "FROM base\nCOPY --from=s /o /to\n",
    ),
    Case(
        "copy-from-device",
        "FROM base AS s\nRUN mkdir /o && mknod /o/n c 1 3 && touch -d @950000000 /o/n\nFROM base\n"
        "COPY --from=s /o /to\n",
        differs=NO_DEVICES,
        root_only=FEIGNED,
    ),
    Case(
        "copy-from-links",
        "FROM base AS s\nRUN mkdir -p /o/d && touch -d @950000000 /o/d/f && ln -s d /o/l && ln -s /o/d /o/abs "
        "&& touch -h -d @950000000 /o/l /o/abs /o/d /o\nFROM base\nCOPY --from=s /o/l/f /1\nCOPY --from=s /o/abs /2\n"
        "COPY --from=s /o/l /3\nCOPY --from=s /o /4\n",
    ),
    Case(
        "copy-from-relative-source",
        "FROM base AS s\nWORKDIR /o\nRUN touch -d @950000000 f\nFROM base\nCOPY --from=s o/f /f\n",
    ),
    Case(
        "copy-from-working-dir-does-not-matter",
        "FROM base AS s\nWORKDIR /o\nRUN touch f\nFROM base\nCOPY --from=s f /f\n",
        says=("f",),
    ),
    Case(
        "copy-from-number",
        "FROM scratch\nCOPY a /a\nFROM scratch\nCOPY b /b\nFROM base\nCOPY --from=0 /a /\nCOPY --from=1 /b /\n",
        SOME,
    ),
    Case(
        "copy-from-star",
        "FROM base AS s\nRUN mkdir /o && touch -d @950000000 /o/a.x /o/b.x /o/c.y\nFROM base\n"
        "COPY --from=s /o/*.x /to/\n",
    ),
    Case("copy-from-whole-stage", "FROM scratch AS s\nCOPY . /\nFROM base\nCOPY --from=s / /to\n", SOME),
    Case("copy-from-stage-to-itself-root", "FROM scratch AS s\nCOPY d /\nFROM scratch\nCOPY --from=s / /\n", SOME),
    Case("copy-from-upper-case", "FROM base AS Stage\nCOPY a /a\nFROM base\nCOPY --from=STAGE /a /b\n", SOME),
    Case(
        "copy-from-image",
        "FROM base\nCOPY --from=made /o /o\n",
        made="FROM base\nRUN mkdir /o && echo 1 > /o/f && chown app /o/f && touch -d @950000000 /o/f\n",
    ),
    Case(
        "copy-from-named-context",
        "FROM base\nCOPY --from=more f /f\nCOPY --from=more / /to\n",
        named={"more": {"f": "m\n", "d/g": "g"}},
    ),
    Case(
        "copy-from-parents",
        "FROM base AS s\nRUN mkdir -p /a/b/c && chmod 711 /a/b && echo 1 > /a/b/c/f && ln -s c /a/b/l "
        "&& chown -R app /a && find /a -exec touch -h -d @950000000 {} +\nFROM base\n"
        "COPY --from=s --parents /a/b/l /a/b/c/f /to/\n"
        "COPY --from=s --parents /a/b/l/f /x/\n",
    ),
    Case(
        "copy-from-set-id",
        "FROM base AS s\nRUN mkdir /o && touch -d @950000000 /o/f && chown app /o/f && chmod 6755 /o/f\n"
        "FROM base\nCOPY --from=s /o/f /f\nCOPY --from=s --chown=other /o/f /g\n",
    ),
    Case(
        "copy-from-removed",
        "FROM base AS s\nRUN mkdir /o && touch /o/gone && rm /o/gone && rm -r /base/dir\nFROM base\n"
        "COPY --from=s /base /to\nCOPY --from=s /o /o\n",
    ),
    Case("copy-over-removed-folder", "FROM base\nRUN rm -r /base/dir\nCOPY a /base/dir/a\n", SOME),
    Case("copy-to-root", "FROM scratch\nCOPY d /\nCOPY a .\nCOPY b /b/\n", SOME),
    Case("copy-scratch-parents", "FROM scratch\nCOPY a /deep/er/a\n", SOME),
    Case(
        "copy-twice-same-layer",
        "FROM base\nCOPY d d2 /to/\n",
        {"d/x": File("1", 0o600), "d2/x": File("2", 0o640), "d2/y": "3"},
    ),
    Case(
        "copy-source-date-epoch",
        "FROM base\nCOPY a /n/a\nCOPY d /to\nWORKDIR /w\n",
        SOME,
        args={"SOURCE_DATE_EPOCH": "1100000000"},
    ),
)
