"""FerretDB, built from its Go module: pinned by version and hash, the hashes of what it needs are in its own go.sum.

It is changed in three places, so that applications find what they rely on: writes happen one at a time (FerretDB reads,
changes and writes back: increments at once are lost), a user's roles are accepted, and access control is a matter of
starting with --auth. There, a user may use the database that it was made in and no other; one made in `admin` all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

__all__ = ["SUM", "VERSION", "BuildFailed", "build", "find_go"]

MODULE = "github.com/FerretDB/FerretDB"
VERSION = "v1.24.2"
SUM = "h1:trrUU0LbmusMbyubhPS1IELncvrIwKrsRT2LW1UUWCw="
NEEDED_GO = (1, 24)
PLACES = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go")
"""Where Go is installed by its makers and by Debian, when PATH does not say."""
COMMANDS = "internal/handler/commands.go"
USERS = "internal/handler/msg_createuser.go"
EDITS: tuple[tuple[str, str, str], ...] = (
    (COMMANDS, "\tfor name, cmd := range h.commands {\n\t\tif h.EnableNewAuth && !cmd.anonymous {",
     "\th.oneWriteAtATime()\n\n\tfor name, cmd := range h.commands {\n\t\tif accessControl && !cmd.anonymous {"),
    (COMMANDS, "\t\t\t\treturn cmdHandler(ctx, msg)\n",
     "\t\t\t\tif err := ownDatabase(ctx, name, msg); err != nil {\n\t\t\t\t\treturn nil, err\n\t\t\t\t}\n\n"
     "\t\t\t\treturn cmdHandler(ctx, msg)\n"),
    (USERS, '"roles", func(v any) bool {\n\t\tr, ok := v.(*types.Array)\n\t\treturn ok && r.Len() == 0\n',
     '"roles", func(v any) bool {\n\t\t_, ok := v.(*types.Array)\n\t\treturn ok\n'),
)  # fmt: skip
"""File, what is there once, what takes its place."""
ADDED: Mapping[str, str] = {
    "build/version/version.txt": f"{VERSION}\n",
    "build/version/package.txt": "longshore\n",
    "internal/handler/longshore.go": """\
package handler

import (
\t"context"
\t"fmt"
\t"os"
\t"sync"

\t"github.com/FerretDB/wire"

\t"github.com/FerretDB/FerretDB/internal/clientconn/conninfo"
\t"github.com/FerretDB/FerretDB/internal/handler/handlererrors"
)

var accessControl = os.Getenv("LONGSHORE_MONGO_AUTH") != ""

var writing sync.Mutex

var writes = []string{"insert", "update", "delete", "findAndModify", "findandmodify", "createIndexes", "create", "drop"}

func (h *Handler) oneWriteAtATime() {
\tfor _, name := range writes {
\t\tcmd, ok := h.commands[name]
\t\tif !ok {
\t\t\tcontinue
\t\t}

\t\thandle := cmd.Handler
\t\tcmd.Handler = func(ctx context.Context, msg *wire.OpMsg) (*wire.OpMsg, error) {
\t\t\twriting.Lock()
\t\t\tdefer writing.Unlock()

\t\t\treturn handle(ctx, msg)
\t\t}
\t}
}

func ownDatabase(ctx context.Context, command string, msg *wire.OpMsg) error {
\t_, _, _, own := conninfo.Get(ctx).Auth()

\tdocument, err := opMsgDocument(msg)
\tif err != nil {
\t\treturn err
\t}

\tasked, _ := document.Get("$db")
\tif own == "admin" || asked == own {
\t\treturn nil
\t}

\treturn handlererrors.NewCommandErrorMsgWithArgument(
\t\thandlererrors.ErrUnauthorized,
\t\tfmt.Sprintf("not authorized on %v to execute command %s", asked, command),
\t\tcommand,
\t)
}
""",
}


class BuildFailed(Exception):
    """What went wrong, in a line, and the last lines that Go wrote."""

    def __init__(self, what: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.lines = lines


def find_go() -> str | None:
    """A Go of this machine, of whatever version."""
    return shutil.which("go") or next((place for place in PLACES if os.access(place, os.X_OK)), None)


def build(go: str, scratch: Path, out: Path) -> None:
    """Put the server at `out`. What is downloaded is checked by its hash; `scratch` is left for the caller to remove.
    BuildFailed says what went wrong."""
    _check_version(go, scratch)
    found = json.loads(_go(go, scratch, "mod", "download", "-json", f"{MODULE}@{VERSION}"))
    if found.get("Sum") != SUM:
        raise BuildFailed(f"{MODULE} {VERSION} is not the module that this version of longshore knows; it is not used")
    source = scratch / "source"
    shutil.copytree(found["Dir"], source, copy_function=shutil.copyfile)
    for folder in (source, *(path for path in source.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    for name, old, new in EDITS:
        text = (source / name).read_text()
        if text.count(old) != 1:
            raise BuildFailed(f"{name} of {MODULE} is not as it was")
        (source / name).write_text(text.replace(old, new))
    for name, text in ADDED.items():
        (source / name).write_text(text)
    out.parent.mkdir(parents=True, exist_ok=True)
    flags = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-tags=ferretdb_no_postgresql")
    _go(go, source, "build", *flags, "-o", str(out), "./cmd/ferretdb")


def _check_version(go: str, scratch: Path) -> None:
    words = _go(go, scratch, "env", "GOVERSION").strip().removeprefix("go").split(".")
    if tuple(int("".join(filter(str.isdigit, word)) or 0) for word in words[:2]) < NEEDED_GO:
        raise BuildFailed(
            f"Go {'.'.join(words)} is too old; FerretDB needs Go {'.'.join(map(str, NEEDED_GO))} or newer"
        )


def _go(go: str, folder: Path, *words: str) -> str:
    env = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw", "GOWORK": "off"}
    done = subprocess.run([go, *words], cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"go {words[0]} failed", tuple((done.stderr or done.stdout).splitlines()[-6:]))
    return done.stdout
