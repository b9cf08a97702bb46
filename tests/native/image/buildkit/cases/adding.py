"""ADD: archives of every kind, what only looks like one, and downloads."""

from __future__ import annotations

import hashlib
import tarfile

from tests.native.image.buildkit.case import ENTERED, FILES, REFUSED, Case, Link
from tests.native.image.buildkit.cases.downloads import DOWNLOADS
from tests.native.image.buildkit.cases.packing import (
    PLAIN,
    ZSTD_PLAIN,
    ZSTD_TAR,
    bzipped,
    entry,
    gzipped,
    tar,
    xzipped,
)

__all__ = ["CASES"]

SMALL = tar(
    [entry("top", kind=tarfile.DIRTYPE, mode=0o750, owner=(7, 8)), entry("top/f", b"f\n", mode=0o640, owner=(7, 8))]
)
RICH = tar(
    [
        entry("r", kind=tarfile.DIRTYPE, mode=0o2755, owner=(7, 8)),
        entry("r/f", b"f\n", mode=0o4755, owner=(7, 8)),
        entry("r/hard", kind=tarfile.LNKTYPE, link="r/f"),
        entry("r/soft", kind=tarfile.SYMTYPE, link="f", mode=0o777),
        entry("r/abs", kind=tarfile.SYMTYPE, link="/etc/none", mode=0o777),
        entry("r/fifo", kind=tarfile.FIFOTYPE, mode=0o600),
        entry("implied/deep/g", b"g\n"),
        entry("r/f2", b"first"),
        entry("r/f2", b"second"),
        entry("./dotted/h", b"h\n"),
    ]
)
OVER = tar(
    [
        entry("dir", kind=tarfile.DIRTYPE, mode=0o700, owner=(1, 1)),
        entry("dir/old", b"new\n"),
        entry("link", kind=tarfile.DIRTYPE, mode=0o711),
        entry("link/through", b"t\n"),
        entry("file", kind=tarfile.DIRTYPE),
        entry("file/now-a-folder", b"x"),
        entry("to-file", b"a file now\n"),
        entry("plain", b"was a folder"),
    ]
)
PLAIN_FILES = {"p.gz": gzipped(PLAIN), "p.bz2": bzipped(PLAIN), "p.xz": xzipped(PLAIN), "p.zst": ZSTD_PLAIN}
SUM = hashlib.sha256(DOWNLOADS["/plain.txt"]).hexdigest()

CASES = (
    Case("add-file-and-folder", "FROM base\nADD a /to/\nADD d /e\nADD a d /m/\n", {"a": "a", "d/x": "x"}),
    Case("add-tar", "FROM base\nADD s.tar /to/\n", {"s.tar": SMALL}),
    Case("add-tar-without-slash", "FROM base\nADD s.tar /to\n", {"s.tar": SMALL}),
    Case("add-tar-gz", "FROM base\nADD s.tar.gz /to/\n", {"s.tar.gz": gzipped(SMALL)}),
    Case("add-tar-bz2", "FROM base\nADD s.tar.bz2 /to/\n", {"s.tar.bz2": bzipped(SMALL)}),
    Case("add-tar-xz", "FROM base\nADD s.tar.xz /to/\n", {"s.tar.xz": xzipped(SMALL)}),
    Case("add-tar-zst", "FROM base\nADD s.tar.zst /to/\n", {"s.tar.zst": ZSTD_TAR}),
    Case("add-tar-by-another-name", "FROM base\nADD s.txt /to/\n", {"s.txt": gzipped(SMALL)}),
    Case("add-small-compressed", "FROM base\nADD p.gz p.bz2 p.xz p.zst /to/\nADD p.gz /x/s.gz\n", PLAIN_FILES),
    Case("add-compressed-zeros", "FROM base\nADD z.gz /z/\n", {"z.gz": gzipped(bytes(2048))}),
    Case("add-large-compressed", "FROM base\nADD l.gz /l/\n", {"l.gz": gzipped(b"line\n" * 4000)}),
    Case("add-empty-tar", "FROM base\nADD e.tar /to/\n", {"e.tar": tar([])}),
    Case("add-empty-file", "FROM base\nADD e /to/\n", {"e": b""}),
    Case("add-broken-tar", "FROM base\nADD b.tar.gz /to/\n", {"b.tar.gz": gzipped(RICH)[:200]}, says=REFUSED),
    Case(
        "add-tar-gnu-and-pax",
        "FROM base\nADD g.tar p.tar /to/\n",
        {
            "g.tar": tar([entry("g" * 120 + "/f", b"g")], tarfile.GNU_FORMAT),
            "p.tar": tar([entry("p" * 120 + "/ü", b"p")], tarfile.PAX_FORMAT),
        },
    ),
    Case(
        "add-tar-old-format",
        "FROM base\nADD o.tar /to/\n",
        {"o.tar": tar([entry("o", b"o\n")])[:257] + bytes(255) + b"o\n" + bytes(510 + 1024)},
    ),
    Case("add-tar-kinds", "FROM base\nADD r.tar /to/\n", {"r.tar": RICH}),
    Case("add-tar-over-existing", "FROM base\nADD o.tar /base\n", {"o.tar": OVER}),
    Case("add-tar-escapes", "FROM base\nADD e.tar /to/\n", {"e.tar": tar([entry("../../out", b"o")])}),
    Case("add-tar-absolute-names", "FROM base\nADD e.tar /to/\n", {"e.tar": tar([entry("/abs/f", b"o")])}),
    Case(
        "add-tar-link-then-below",
        "FROM base\nADD e.tar /to/\n",
        {"e.tar": tar([entry("l", kind=tarfile.SYMTYPE, link="/base/plain"), entry("l/f", b"f\n")])},
        says=("/l/f",),
    ),
    Case(
        "add-tar-devices",
        "FROM base\nADD e.tar /to/\n",
        {"e.tar": tar([entry("n", kind=tarfile.CHRTYPE), entry("f", b"f")])},
        root_only="an ordinary user cannot make devices",
    ),
    Case(
        "add-tar-chown",
        "FROM base\nADD --chown=3:4 s.tar /to/\nADD --chown=app:team r.tar /rich/\n",
        {"s.tar": SMALL, "r.tar": RICH},
    ),
    Case("add-tar-chmod", "FROM base\nADD --chmod=0701 s.tar /to/\n", {"s.tar": SMALL}),
    Case("add-tar-to-link", "FROM base\nADD s.tar /base/link/\n", {"s.tar": SMALL}),
    Case("add-tar-to-file", "FROM base\nADD s.tar /base/file\n", {"s.tar": SMALL}, says=("/base/file",)),
    Case("add-tar-in-folder-is-not-unpacked", "FROM base\nADD d /to/\n", {"d/s.tar": SMALL}),
    Case("add-tar-through-link", "FROM base\nADD l /to/\n", {"s.tar": SMALL, "l": Link("s.tar")}),
    Case(
        "add-tar-wildcard",
        "FROM base\nADD *.tar /to/\n",
        {"1.tar": SMALL, "2.tar": tar([entry("two", b"2")]), "3.txt": "no"},
    ),
    Case("add-tar-and-file", "FROM base\nADD s.tar a /to/\n", {"s.tar": SMALL, "a": "a"}),
    Case("add-tar-exclude", "FROM base\nADD --exclude=*/f s.tar /to/\n", {"s.tar": SMALL}),
    Case("add-tar-link-flag", "FROM base\nADD --link s.tar /base/link\n", {"s.tar": SMALL}),
    Case("add-unpack-false", "FROM base\nADD --unpack=false s.tar.gz /raw/\n", {"s.tar.gz": gzipped(SMALL)}),
    Case(
        "add-unpack-true",
        "FROM base\nADD --unpack=true s.tar.gz p.gz /un/\n",
        {"s.tar.gz": gzipped(SMALL), "p.gz": gzipped(PLAIN)},
    ),
    Case(
        "add-chown-chmod",
        "FROM base\nADD --chown=app --chmod=600 a /n/a\nADD --chown=:team d /d\n",
        {"a": "a", "d/x": "x"},
        differs=ENTERED,
    ),
    Case("add-exclude", "FROM base\nADD --exclude=*.md d /to\n", {"d/a.md": "a", "d/b": "b"}),
    Case(
        "add-folder-dates",
        "FROM base\nADD s.tar /n/\n",
        {"s.tar": tar([entry("old", kind=tarfile.DIRTYPE, date=910_000_000), entry("old/f", b"f", date=920_000_000)])},
    ),
    # downloads
    Case("add-url-to-folder", f"FROM base\nADD {FILES}/plain.txt /to/\nADD {FILES}/folder/deep.txt /base/plain/\n"),
    Case("add-url-to-name", f"FROM base\nADD {FILES}/plain.txt /to/name\n"),
    Case("add-url-to-existing-folder", f"FROM base\nADD {FILES}/plain.txt /base/plain\n"),
    Case("add-url-archive-is-not-unpacked", f"FROM base\nADD {FILES}/archive.tar.gz /to/\n"),
    Case("add-url-unpack", f"FROM base\nADD --unpack=true {FILES}/archive.tar.gz /to/\n"),
    Case("add-url-chmod-chown", f"FROM base\nADD --chmod=755 --chown=app:team {FILES}/run.sh /usr/local/bin/run\n"),
    Case("add-url-query", f"FROM base\nADD {FILES}/plain.txt?x=y#z /to/\n"),
    Case("add-url-without-name", f"FROM base\nADD {FILES}/ /to/\n"),
    Case("add-url-escaped-name", f"FROM base\nADD {FILES}/with%20blank.txt /to/\n"),
    Case("add-url-variable", f"FROM base\nARG F=plain\nADD {FILES}/${{F}}.txt /to/\n"),
    Case("add-url-checksum", f"FROM base\nADD --checksum=sha256:{SUM} {FILES}/plain.txt /to/\n"),
    Case("add-url-checksum-variable", f"FROM base\nARG S={SUM}\nADD --checksum=sha256:${{S}} {FILES}/plain.txt /to/\n"),
    Case(
        "add-url-wrong-checksum", f"FROM base\nADD --checksum=sha256:{'0' * 64} {FILES}/plain.txt /to/\n", says=(SUM,)
    ),
    Case("add-url-not-a-checksum", f"FROM base\nADD --checksum=md5:1 {FILES}/plain.txt /to/\n", says=REFUSED),
    Case("add-checksum-of-a-file", f"FROM base\nADD --checksum=sha256:{SUM} a /to/\n", {"a": "a"}, says=("checksum",)),
    Case("add-url-missing", f"FROM base\nADD {FILES}/none.txt /to/\n", says=("404",)),
    Case("add-two-urls", f"FROM base\nADD {FILES}/plain.txt {FILES}/folder/deep.txt /to/\n"),
    Case("add-url-and-file", f"FROM base\nADD {FILES}/plain.txt a /to/\n", {"a": "a"}),
    Case("add-url-link-flag", f"FROM base\nADD --link {FILES}/plain.txt /n/\n"),
    Case(
        "add-tar-whiteout",
        "FROM base\nADD w.tar /base/dir/\nRUN ls -A /base/dir /base/dir/sub > /seen\n",
        {"w.tar": tar([entry(".wh.old"), entry(".wh.none"), entry("sub/.wh.under"), entry("new", b"n\n")])},
    ),
    Case(
        "add-tar-opaque",
        "FROM base\nADD o.tar /base/dir/\nRUN ls -A /base/dir/sub > /seen\n",
        {"o.tar": tar([entry("sub/.wh..wh..opq"), entry("sub/new", b"n\n")])},
    ),
    Case(
        "add-tar-opaque-root",
        "FROM base\nADD o.tar /base/dir/\nRUN ls -A /base/dir > /seen\n",
        {"o.tar": tar([entry("new", b"n\n"), entry(".wh..wh..opq")])},
    ),
    Case(
        "add-tar-whiteout-of-its-own",
        "FROM base\nADD w.tar /to/\nRUN ls -A /to /to/d > /seen\n",
        {"w.tar": tar([entry("f", b"f\n"), entry(".wh.f"), entry("d/g", b"g\n"), entry("d/.wh.g", b"not empty")])},
    ),
    Case(
        "add-tar-whiteout-kinds",
        "FROM base\nADD w.tar /base/dir/\nRUN ls -A /base/dir > /seen\n",
        {
            "w.tar": tar(
                [
                    entry(".wh.old", kind=tarfile.DIRTYPE),
                    entry(".wh.sub", kind=tarfile.SYMTYPE, link="old"),
                    entry(".wh..wh.plnk", kind=tarfile.DIRTYPE),
                    entry(".wh..wh.aufs", b"a"),
                    entry(".wh.", b"e"),
                ]
            )
        },
    ),
    Case(
        "add-tar-whiteout-link-flag",
        "FROM base\nADD --link w.tar /base/dir/\nRUN ls -A /base/dir > /seen\n",
        {"w.tar": tar([entry(".wh.old"), entry("new", b"n\n")])},
    ),
    Case(
        "copy-whiteout-names",
        "FROM base\nCOPY .wh.old d /base/dir/\nRUN ls -A /base/dir /base/dir/sub > /seen\n",
        {".wh.old": "w", "d/sub/.wh.under": "", "d/sub/.wh..wh..opq": ""},
    ),
    Case(
        "run-whiteout-names",
        "FROM base\nRUN touch /base/dir/.wh.old /base/dir/sub/.wh..wh..opq; ls -A /base/dir > /seen\n"
        "RUN ls -A /base/dir/sub >> /seen\n",
    ),
    Case(
        "copy-from-stage-whiteout-names",
        "FROM base AS one\nADD w.tar /one/\nFROM base\nCOPY --from=one /one /base/dir/\nRUN ls -A /base/dir > /seen\n",
        {"w.tar": tar([entry(".wh.old"), entry("new", b"n\n")])},
    ),
)
