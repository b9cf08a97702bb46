"""What scanners say, and what is made of it. The programs are stand-ins that print what the real ones did."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from longshore.verify.result import Verdict
from longshore.verify.safety.tools import NPM_AUDIT, PIP_AUDIT, Scanner, image_scanner, scan

pytestmark = pytest.mark.asyncio

SAMPLES = Path(__file__).with_name("samples")
"""What pip-audit and npm audit themselves printed: samples/record.py. Of trivy and grype, which no test machine has,
the answers are written by their documents."""

NO_LIST = "Dependency not found on PyPI and could not be audited: jinja2 (2.10)"
SAFE = {"name": "idna", "version": "3.10", "vulns": []}
LEFT_OUT = {"name": "jinja2", "skip_reason": NO_LIST}
TRIVY = {"SchemaVersion": 2, "ArtifactName": "shop/web", "Results": [
    {"Target": "debian 12", "Class": "os-pkgs", "Vulnerabilities": [
        {"VulnerabilityID": "CVE-2024-1", "PkgName": "zlib1g", "InstalledVersion": "1.2.13", "Severity": "HIGH"}]},
    {"Target": "app", "Class": "lang-pkgs"}]}  # fmt: skip
GRYPE = {"matches": [
    {"vulnerability": {"id": "CVE-2024-2", "severity": "Negligible", "fix": {"versions": [], "state": "wont-fix"}},
     "artifact": {"name": "tar", "version": "1.34"}}]}  # fmt: skip


def stand_in(program: str, answer: Any, where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PATH alone: prints the answer, a sample's name or what is printed, and ends as scanners do that have found
    something; of a sample as it did."""
    sample = SAMPLES / f"{answer}.json"
    said = json.loads(sample.read_text()) if isinstance(answer, str) and sample.exists() else {
        "out": answer if isinstance(answer, str) else json.dumps(answer), "err": "", "code": 1}  # fmt: skip
    for stream in ("out", "err"):
        (where / stream).write_text(said[stream])
    script = f"#!/bin/sh\n/bin/cat {where}/out; /bin/cat {where}/err >&2; exit {said['code']}\n"
    (where / program).write_text(script)
    (where / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(where))


@pytest.mark.parametrize(
    ("scanner", "answer", "verdict", "said", "evidence"),
    [
        (PIP_AUDIT, "pip-audit", "falls short", "1 unknown",
         "jinja2 2.10                    PYSEC-2019-217  mended in 2.10.1"),
        (PIP_AUDIT, {"dependencies": [SAFE], "fixes": []}, "holds", "none", ""),
        (PIP_AUDIT, {"dependencies": [SAFE, LEFT_OUT], "fixes": []}, "holds",
         "none; 1 package is not known to pip-audit", f"not known jinja2                         {NO_LIST}"),
        (PIP_AUDIT, "pip-audit-no-list", "skipped", f"none of 2 packages is in its list ({NO_LIST}", ""),
        (NPM_AUDIT, "npm-audit", "falls short", "1 critical, 1 moderate", "critical  minimist 0.0.8"),
        (NPM_AUDIT, {"auditReportVersion": 2, "vulnerabilities": {}}, "holds", "none", ""),
        (NPM_AUDIT, "npm-audit-refused", "skipped", "npm cannot look here: npm warn audit 405 Method Not Allowed", ""),
        ("trivy", TRIVY, "falls short", "1 high", "high      zlib1g 1.2.13                  CVE-2024-1"),
        ("trivy", {"SchemaVersion": 2}, "holds", "none", ""),
        ("trivy", "FATAL no database", "skipped", "trivy cannot look here: FATAL no database", ""),
        ("grype", GRYPE, "holds", "1 low", "low       tar 1.34                       CVE-2024-2"),
    ],
)  # fmt: skip
async def test_what_they_say(
    scanner: Scanner | str, answer: Any, verdict: str, said: str, evidence: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    program = scanner if isinstance(scanner, str) else scanner.program
    stand_in(program, answer, tmp_path, monkeypatch)
    seen = await scan(image_scanner() if isinstance(scanner, str) else scanner, folder=str(tmp_path))
    assert seen.verdict.value == verdict
    assert said in (seen.seen or seen.reason)
    assert evidence in "".join(one.text for one in seen.evidence)


async def test_what_is_not_here_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    seen = await scan(image_scanner())
    assert (seen.verdict, seen.reason) == (Verdict.SKIPPED, "trivy is not installed here (see trivy.dev)")


async def test_one_that_nobody_waits_for_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "trivy").write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid; exec /bin/sleep 1000\n")
    (tmp_path / "trivy").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    running = asyncio.create_task(scan(image_scanner()))
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():  # noqa: ASYNC110  (a file says it)
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()
