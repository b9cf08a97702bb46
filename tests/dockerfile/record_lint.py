"""Asks BuildKit's frontend to check every Dockerfile of the table and writes down what it says, `lint_answers.jsonl`.
Run as root, with Go and runc: python -m tests.dockerfile.record_lint HOME

HOME is a folder for the daemon and its programs, which are built there where they are missing. No test needs it."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.dockerfile.lint_cases import BASE_ENV, CASES, Case
from tests.native.image.buildkit.daemon import VERSION, BuildKit, running

ANSWERS = Path(__file__).with_name("lint_answers.jsonl")


def _base(store: Path) -> str:
    """An image of nothing but its variables, as an OCI layout; its digest."""

    def add(content: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        place = store / "blobs/sha256" / digest
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content)}

    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []},
              "config": {"Env": [f"{name}={value}" for name, value in BASE_ENV.items()]}}  # fmt: skip
    kind = "application/vnd.oci.image"
    described = {"mediaType": f"{kind}.config.v1+json", **add(json.dumps(config).encode())}
    manifest = {"schemaVersion": 2, "mediaType": f"{kind}.manifest.v1+json", "config": described, "layers": []}
    entry = {"mediaType": f"{kind}.manifest.v1+json", **add(json.dumps(manifest).encode())}
    (store / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (store / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return str(entry["digest"])


def _answer(buildkit: BuildKit, home: Path, digest: str, case: Case) -> dict[str, Any]:
    (home / "Dockerfile").write_text(case.text, newline="")
    (home / ".dockerignore").write_text(case.ignore)
    words = ["build", "--progress", "plain", "--frontend", "dockerfile.v0", "--opt", "requestid=frontend.lint"]
    words += ["--local", f"context={home}", "--local", f"dockerfile={home}", "--oci-layout", f"base={home}/base"]
    words += ["--opt", f"context:base=oci-layout://base@{digest}"]
    words += [word for name, value in case.args.items() for word in ("--opt", f"build-arg:{name}={value}")]
    words += ["--opt", f"target={case.target}"] if case.target else []
    done = buildkit.ctl(*words)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return {"text": done.stdout}


def main(home: Path) -> None:
    lines = [json.dumps({"program": "buildkitd", "version": VERSION, "recorded": time.strftime("%Y-%m-%d")})]
    with running(home) as buildkit, tempfile.TemporaryDirectory() as scratch:
        digest = _base(Path(scratch, "base"))
        for name, case in CASES.items():
            answer = _answer(buildkit, Path(scratch), digest, case)
            lines.append(json.dumps({"name": name, **answer}))
    ANSWERS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
