"""What linters and scanners say that are installed here. They are called as programs, and none is carried along."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from longshore.model.record import record
from longshore.verify.check import holds, short, skipped
from longshore.verify.live import cannot
from longshore.verify.result import Evidence, Seen

__all__ = ["NPM_AUDIT", "PIP_AUDIT", "Hole", "Scanner", "image_scanner", "judged", "scan"]

SEVERITIES = ("critical", "high", "moderate", "medium", "low", "unknown")
GRAVE = ("critical", "high", "unknown")
"""What is graver than what one can wait with; what no list has weighed counts as grave."""


@record
class Hole:
    """A known weakness of a package."""

    package: str
    id: str
    severity: str
    mended: str = ""


@record
class Unknown:
    """A package that the program's list does not have, so that nothing is said of it."""

    package: str
    why: str


@record
class Scanner:
    """A program, its arguments, how its answer is read, and how one gets it. An answer that cannot be read means that
    the program could not do its work. `read` may raise Blind."""

    program: str
    words: tuple[str, ...]
    read: Callable[[Any], Iterator[Hole | Unknown]]
    install: str


class Blind(Exception):
    """It has looked at nothing; why."""


async def scan(scanner: Scanner, *words: str, folder: str = "/", limit: float = 110.0) -> Seen:
    """What it finds in what `words` name. Skipped where it is not installed, or its list cannot be had from here."""
    program = shutil.which(scanner.program)
    if program is None:
        return skipped(f"{scanner.program} is not installed here ({scanner.install})")
    process = await asyncio.create_subprocess_exec(
        program, *scanner.words, *words, cwd=folder, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = await asyncio.wait_for(process.communicate(), limit)
    except TimeoutError:
        raise cannot(f"{scanner.program} took longer than {limit:g} s") from None
    finally:
        if process.returncode is None:  # nobody waits for it any longer
            process.kill()
            await process.wait()
    try:
        found = tuple(scanner.read(json.loads(out)))
        return judged([one for one in found if isinstance(one, Hole)], scanner.program,
                      [one for one in found if isinstance(one, Unknown)])  # fmt: skip
    except Blind as blind:
        return skipped(f"{scanner.program} cannot look here: {blind}")
    except (ValueError, KeyError, TypeError, AttributeError):
        said = [line for line in (err or out).decode(errors="replace").splitlines() if "complete log" not in line]
        return skipped(f"{scanner.program} cannot look here: {' '.join(said)[:160] or 'it says nothing'}")


def judged(holes: Sequence[Hole], program: str, unknown: Sequence[Unknown] = ()) -> Seen:
    """Grave ones fall short; the others are told, and what the program does not know."""
    expected = "no known hole of high severity"
    rows = sorted(holes, key=lambda hole: (SEVERITIES.index(hole.severity), hole.package))
    lines = [
        f"{hole.severity:<9} {hole.package:<30} {hole.id}" + (f"  mended in {hole.mended}" if hole.mended else "")
        for hole in rows
    ]
    lines += [f"not known {one.package:<30} {one.why}" for one in unknown]
    evidence = (Evidence(f"what {program} says", "\n".join(lines)),) if lines else ()
    counts = ", ".join(f"{n} {one}" for one in SEVERITIES if (n := sum(hole.severity == one for hole in holes)))
    counts = counts or "none"
    if unknown:
        counts += f"; {len(unknown)} {'package is' if len(unknown) == 1 else 'packages are'} not known to {program}"
    if any(hole.severity in GRAVE for hole in holes):
        return short(expected, counts, evidence=evidence)
    return holds(expected, counts, evidence=evidence)


def _pip(found: Any) -> Iterator[Hole | Unknown]:
    """Where an index has no list of holes, every package is left out, and the program ends as if all were well."""
    packages = found["dependencies"]
    left_out = [package for package in packages if "skip_reason" in package]
    if left_out and len(left_out) == len(packages):
        raise Blind(f"none of {len(packages)} packages is in its list ({left_out[0]['skip_reason']})")
    for package in left_out:
        yield Unknown(package["name"], package["skip_reason"])
    for package in packages:
        for hole in package.get("vulns") or ():
            yield Hole(f"{package['name']} {package['version']}", hole["id"], "unknown",
                       ", ".join(hole.get("fix_versions") or ()))  # fmt: skip


def _npm(found: Any) -> Iterator[Hole]:
    for name, entry in found["vulnerabilities"].items():
        titles = [via["title"] for via in entry["via"] if isinstance(via, dict)]
        if titles:
            yield Hole(f"{name} {entry['range']}", titles[0], _known(entry["severity"]))


def _trivy(found: Any) -> Iterator[Hole]:
    if "SchemaVersion" not in found:
        raise ValueError
    for part in found.get("Results") or ():
        for hole in part.get("Vulnerabilities") or ():
            yield Hole(f"{hole['PkgName']} {hole['InstalledVersion']}", hole["VulnerabilityID"],
                       _known(hole["Severity"]), hole.get("FixedVersion", ""))  # fmt: skip


def _grype(found: Any) -> Iterator[Hole]:
    for match in found["matches"]:
        hole, package = match["vulnerability"], match["artifact"]
        mended = ", ".join((hole.get("fix") or {}).get("versions") or ())
        yield Hole(f"{package['name']} {package['version']}", hole["id"], _known(hole["severity"]), mended)


def _known(severity: str) -> str:
    return severity.lower() if severity.lower() in SEVERITIES else "low"


PIP_AUDIT = Scanner("pip-audit", ("--format", "json", "--progress-spinner", "off"), _pip, "pipx install pip-audit")
NPM_AUDIT = Scanner("npm", ("audit", "--json", "--package-lock-only", "--omit", "dev"), _npm, "it comes with Node.js")
TRIVY = Scanner("trivy", ("image", "--quiet", "--format", "json"), _trivy, "see trivy.dev")
GRYPE = Scanner("grype", ("--output", "json", "--quiet"), _grype, "see github.com/anchore/grype")


def image_scanner() -> Scanner:
    """The one that is installed; trivy where none is."""
    return GRYPE if shutil.which(GRYPE.program) and not shutil.which(TRIVY.program) else TRIVY
