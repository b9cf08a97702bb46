"""What scanners say, and what is made of it. The programs are stand-ins that print what was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from longshore.verify.result import Verdict
from longshore.verify.safety.tools import NPM_AUDIT, PIP_AUDIT, Scanner, image_scanner, scan

pytestmark = pytest.mark.asyncio

NO_LIST = "Dependency not found on PyPI and could not be audited: six (1.16.0)"
PIP = {"name": "jinja2", "version": "2.10", "vulns": [
    {"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"], "aliases": ["CVE-2019-10906"]}]}  # fmt: skip
SAFE = {"name": "idna", "version": "3.10", "vulns": []}
LEFT_OUT = {"name": "six", "skip_reason": NO_LIST}
NPM = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "minimist": {"name": "minimist", "severity": "critical", "range": "<0.2.4", "via": [
            {"source": 1, "title": "Prototype Pollution in minimist", "severity": "critical", "range": "<0.2.4"}]},
        "mkdirp": {"name": "mkdirp", "severity": "critical", "range": "0.4.1 - 0.5.1", "via": ["minimist"]},
        "ws": {"name": "ws", "severity": "moderate", "range": "7.0.0", "via": [{"title": "ReDoS in ws"}]},
    },
}  # fmt: skip
TRIVY = {"SchemaVersion": 2, "ArtifactName": "shop/web", "Results": [
    {"Target": "debian 12", "Class": "os-pkgs", "Vulnerabilities": [
        {"VulnerabilityID": "CVE-2024-1", "PkgName": "zlib1g", "InstalledVersion": "1.2.13", "Severity": "HIGH"}]},
    {"Target": "app", "Class": "lang-pkgs"}]}  # fmt: skip
GRYPE = {"matches": [
    {"vulnerability": {"id": "CVE-2024-2", "severity": "Negligible", "fix": {"versions": [], "state": "wont-fix"}},
     "artifact": {"name": "tar", "version": "1.34"}}]}  # fmt: skip


def stand_in(program: str, answer: Any, where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PATH alone: prints the answer, and ends as scanners do that have found something."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    (where / "answer").write_text(text)
    (where / program).write_text(f"#!/bin/sh\n/bin/cat {where}/answer; exit 1\n")
    (where / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(where))


@pytest.mark.parametrize(
    ("scanner", "answer", "verdict", "said", "evidence"),
    [
        (PIP_AUDIT, {"dependencies": [PIP, SAFE], "fixes": []}, "falls short", "1 unknown",
         "jinja2 2.10                    PYSEC-2019-217  mended in 2.10.1"),
        (PIP_AUDIT, {"dependencies": [SAFE], "fixes": []}, "holds", "none", ""),
        (PIP_AUDIT, {"dependencies": [SAFE, LEFT_OUT], "fixes": []}, "holds",
         "none; 1 package is not known to pip-audit", f"not known six                            {NO_LIST}"),
        (PIP_AUDIT, {"dependencies": [LEFT_OUT], "fixes": []}, "skipped",
         f"none of 1 packages is in its list ({NO_LIST}", ""),
        (NPM_AUDIT, NPM, "falls short", "1 critical, 1 moderate", "critical  minimist <0.2.4"),
        (NPM_AUDIT, {"auditReportVersion": 2, "vulnerabilities": {}}, "holds", "none", ""),
        (NPM_AUDIT, {"message": "405 Method Not Allowed"}, "skipped", "npm cannot look here", ""),
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
