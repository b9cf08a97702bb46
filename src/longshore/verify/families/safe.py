"""Safe: no service works as root, secrets are where they belong and nowhere else, what the file limits is limited, and
what scanners know is told."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from longshore.doctor.silence import lived_with
from longshore.engine.capabilities import Contents, opening
from longshore.model.errors import ShoreError
from longshore.model.quantities import size_in_bytes
from longshore.model.service import Mount, Service
from longshore.model.stack import Stack
from longshore.verify.check import Check, Subject, holds, short, skipped
from longshore.verify.exchange import NoHttp
from longshore.verify.live import Live, cannot
from longshore.verify.redact import named_secrets
from longshore.verify.result import Criterion, Evidence, Family, Seen
from longshore.verify.settings import told

__all__ = ["criteria"]

ROOT_RULE = "dockerfile.root"
LIMITS = ("memory", "cpus", "pids")
NEAR = 0.01
"""Share by which a limit in force may differ from the one asked for: kernels count memory in pages."""


KEYS = ("user", "read-only", "limits", "image-size")


def criteria(subject: Subject) -> tuple[Check, ...]:
    stack = subject.stack
    for service in subject.chosen:
        _check_settings(service)
    built = [service for service in subject.chosen if service.build]
    return (
        *(_user(stack, service) for service in subject.lasting),
        *(_read_only(service) for service in subject.lasting if _declared_read_only(service)),
        *(_limits(service) for service in subject.lasting if _wants_limits(service)),
        *(_image_secrets(service) for service in built),
        *(_size(service) for service in built if told(service, "safe", "image-size")),
        *([_logs()] if subject.chosen else []),
        *(_bundle(service) for service in subject.lasting if _may_have_pages(service)),
        *([_dockerfiles()] if built else []),
        *(_holes(service) for service in built if _python(service)),
        *(_npm(service) for service in built if _locked(service)),
        *(_image_holes(service) for service in built),
    )


def _check_settings(service: Service) -> None:
    """Raises ShoreError where x-longshore.verify.safe says what nobody understands."""
    found = told(service, "safe")
    if found is None:
        return
    what = f"{service.name}: x-longshore.verify.safe"
    place = service.place("x-longshore.verify.safe", "x-longshore.verify", "x-longshore")
    if not isinstance(found, Mapping) or not set(found) <= set(KEYS):
        raise ShoreError(f"{what} has other keys than it knows", hint=f"there are: {', '.join(KEYS)}", place=place)
    if "user" in found and not str(found["user"]).isdecimal():
        raise ShoreError(f"{what}.user {found['user']!r} is no user id", hint="a number, for example 1001", place=place)
    try:
        size_in_bytes(str(found.get("image-size", "1MB")))
    except ValueError:
        hint = "for example 250MB"
        raise ShoreError(f"{what}.image-size {found['image-size']!r} is no size", hint=hint, place=place) from None


def _criterion(kind: str, sentence: str, method: str, advice: str, service: str = "") -> Criterion:
    ident = f"safe.{kind}.{service}" if service else f"safe.{kind}"
    return Criterion(ident, Family.SAFE, sentence, method, advice, service)


# Whose the processes are.


def _user(stack: Stack, service: Service) -> Check:
    criterion = _criterion(
        "user",
        f"{service.name} does not work as root",
        "the user of each of its live processes, as the kernel has it",
        "USER in the Dockerfile, or user: of the service",
        service.name,
    )
    reason = lived_with(stack, service.name, ROOT_RULE)
    act = partial(_skip, reason) if reason else partial(_try_user, service)
    return Check(criterion, act, needs=(service.name,))


async def _skip(reason: str, live: Live) -> Seen:
    del live
    return skipped(reason)


async def _try_user(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.kernel import owners, rootful

    owned = list(owners(await live.processes(service.name)))
    if not owned:
        raise cannot(f"the processes of {service.name} are not to be seen from here")
    wanted = told(service, "safe", "user")
    lines = [f"uid {one.uid:<6} {one.process.command[:100]}" for one in owned]
    evidence = (Evidence("its processes", "\n".join(lines)),)
    bad = rootful(owned)
    uids = sorted({one.uid for one in owned if one.uid or one in bad})
    words = f"uid {', '.join(map(str, uids))} in {_count(len(owned), 'process', 'processes')}"
    if wanted is not None:
        fits = uids == [int(str(wanted))]
        return (holds if fits else short)(f"uid {wanted} alone", words, evidence=evidence)
    if bad:
        return short("another user than root", f"“{bad[0].process.command[:80]}” is root's", evidence=evidence)
    return holds("another user than root", words, evidence=evidence)


def _count(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


# What may be written.


def _declared_read_only(service: Service) -> bool:
    return service.read_only or bool(told(service, "safe", "read-only")) or any(map(_shut, service.mounts))


def _shut(mount: Mount) -> bool:
    return mount.read_only and mount.type in ("bind", "volume")


def _read_only(service: Service) -> Check:
    criterion = _criterion(
        "read-only",
        f"{service.name} cannot write where it is not to",
        "the mounts of its live process, as the kernel has them",
        "read_only: true of the service, :ro of the mount; and tmpfs: for what has to be written",
        service.name,
    )
    return Check(criterion, partial(_try_read_only, service), needs=(service.name,))


async def _try_read_only(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.kernel import mounts_of

    mounts = mounts_of(await _mountinfo(service.name, live))
    wanted = [mount.target.rstrip("/") or "/" for mount in service.mounts if _shut(mount)]
    if service.read_only or told(service, "safe", "read-only"):
        wanted.insert(0, "/")
    lines = [f"{path:<40} {_kind(mounts.get(path))}" for path in wanted]
    open_ = [path for path in wanted if not mounts.get(path)]
    evidence = (Evidence("mounts", "\n".join(lines)),)
    expected = f"{', '.join(wanted)} can only be read"
    if open_:
        return short(expected, f"{', '.join(open_)} can be written to", evidence=evidence)
    return holds(expected, "so it is", evidence=evidence)


def _kind(read_only: bool | None) -> str:
    return {True: "read only", False: "can be written to", None: "no mount of its own"}[read_only]


async def _mountinfo(service: str, live: Live) -> str:
    """From outside where the kernel lets this user, else by a command inside."""
    container = await live.container(service)
    try:
        return Path(f"/proc/{container.pid}/mountinfo").read_text()
    except OSError:
        answer = await live.execute(service, "cat", "/proc/self/mountinfo")
        if not answer.ok:
            raise cannot(f"the mounts of {service} cannot be read: {answer.text[:120]}") from None
        return answer.out


# Limits.


def _wanted_limits(service: Service) -> dict[str, float]:
    found = {name: getattr(service.resources, name) for name in LIMITS}
    return {name: float(value) for name, value in found.items() if value and value > 0}


def _wants_limits(service: Service) -> bool:
    return bool(_wanted_limits(service)) or bool(told(service, "safe", "limits"))


def _limits(service: Service) -> Check:
    criterion = _criterion(
        "limits",
        f"{service.name} cannot take more of the machine than it is given",
        "the control group of its live process, beside the file",
        "deploy.resources.limits of the service; natively root alone can have the kernel keep all of them",
        service.name,
    )
    return Check(criterion, partial(_try_limits, service), needs=(service.name,))


async def _try_limits(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.kernel import controls

    wanted = _wanted_limits(service)
    if not wanted:
        return short("limits", "the file gives it none")
    container = await live.container(service.name)
    expected = ", ".join(f"{name} {value:g}" for name, value in wanted.items())
    lines, wrong = [], []
    for name, value in wanted.items():
        there = controls(container.pid, name) or _of_each(container.pid, name)
        lines.append(f"{name:<7} asked {value:<14g} in force {'none' if there is None else f'{there:g}'}")
        if there is None or abs(there - value) > NEAR * value:
            wrong.append(name)
    evidence = (Evidence("limits", "\n".join(lines)),)
    if wrong:
        return short(expected, f"{', '.join(wrong)}: not in force", evidence=evidence)
    return holds(expected, "in force", evidence=evidence)


_BY_PROCESS = {"memory": "Max data size", "pids": "Max processes"}


def _of_each(pid: int, name: str) -> float | None:
    """What the kernel keeps for each process by itself, where there is no group."""
    try:
        rows = Path(f"/proc/{pid}/limits").read_text().splitlines()
    except OSError:
        return None
    title = _BY_PROCESS.get(name)
    row = next((row[len(title) :].split() for row in rows if title and row.startswith(title)), None)
    return float(row[0]) if row and row[0] != "unlimited" else None


# Secrets where they do not belong.


def _image_secrets(service: Service) -> Check:
    criterion = _criterion(
        "image-secrets",
        f"the image of {service.name} holds no secret",
        "its layers, its environment and its history, searched for what .env and the secrets hold",
        "a .dockerignore that keeps .env out; RUN --mount=type=secret; the environment at run time in place of ENV",
        service.name,
    )
    return Check(criterion, partial(_try_image_secrets, service), limit=300)


async def _try_image_secrets(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.search import in_layer, in_text, literal_secrets, sought

    secrets = sought(named_secrets(live.stack, live.stack.environment))
    found: list[str] = []
    count = 0
    with tempfile.TemporaryDirectory(prefix="shore-verify-") as folder:
        contents = await _contents(service, live, folder)
        for text in contents.texts:
            found += [f"{name}, in {text.split('=')[0][:60]}" for name in in_text(text, secrets)]
        found += [f"{name}, in its environment or history" for name in literal_secrets(contents.texts)]
        for layer in contents.layers if secrets else ():
            found += [f"{name}, in {path}" for path, name in await asyncio.to_thread(in_layer, layer.path, secrets)]
            count += 1
    found += _in_dockerfile(service, live)
    expected = "no secret"
    if found:
        rows = list(dict.fromkeys(found))
        evidence = (Evidence("secrets in the image, by name", "\n".join(rows[:50])),)
        return short(expected, f"{len(rows)}: {rows[0]}", evidence=evidence)
    return holds(expected, f"none of {len(secrets)} in {count} layers, environment and history")


async def _contents(service: Service, live: Live, folder: str) -> Contents:
    opens = opening(live.engine)
    if opens is None:
        raise cannot(f"{live.engine_name} lets nobody look into its images")
    return await opens.contents(live.stack, service, _base(service, live), folder)


def _base(service: Service, live: Live) -> str:
    """The image that the service's is built on; "" where the Dockerfile does not say."""
    file = _ground(live).build_file(service.name)
    return file.base if file else ""


def _ground(live: Live):  # type: ignore[no-untyped-def]
    from longshore.doctor.ground.project import Ground
    from longshore.flow.reading import Reading

    return Ground(live.where, Reading(live.stack, {}, (), {}))


def _in_dockerfile(service: Service, live: Live) -> list[str]:
    from longshore.doctor.rules.dockerfile_secret import RULE

    if lived_with(live.stack, service.name, RULE.id):
        return []
    return [finding.text for finding in RULE.check(RULE, _ground(live)) if finding.service == service.name]


def _size(service: Service) -> Check:
    budget = str(told(service, "safe", "image-size"))
    criterion = _criterion(
        "image-size",
        f"the image of {service.name} is no larger than {budget}",
        "the size of all its layers",
        "several stages, so that the last has only what runs; no build tools, caches and tests in it",
        service.name,
    )
    return Check(criterion, partial(_try_size, service, budget), limit=300)


async def _try_size(service: Service, budget: str, live: Live) -> Seen:
    with tempfile.TemporaryDirectory(prefix="shore-verify-") as folder:
        size = (await _contents(service, live, folder)).size
    if not size:
        raise cannot(f"{live.engine_name} does not tell how large the image is")
    words = f"{size / 1e6:.0f} MB"
    measured = (("bytes of the image", float(size)),)
    fits = size <= size_in_bytes(budget)
    return (holds if fits else short)(f"at most {budget}", words, measured=measured)


def _logs() -> Check:
    criterion = _criterion(
        "logs",
        "no secret is in the logs",
        "what every service has written since it started, searched for what .env and the secrets hold",
        "do not log settings and addresses with passwords; log their names",
    )
    return Check(criterion, _try_logs)


async def _try_logs(live: Live) -> Seen:
    from longshore.verify.safety.search import in_text, sought

    secrets = sought(named_secrets(live.stack, live.stack.environment))
    count, found = 0, []
    for service in live.stack.services:
        for line in await live.logs(service):
            count += 1
            found += [f"{service}: {name}: {line.text[:200]}" for name in in_text(line.text, secrets)]
    expected = "no secret"
    if found:
        evidence = (Evidence("lines with a secret", "\n".join(found[:20])),)
        where = ", ".join(dict.fromkeys(row.partition(":")[0] for row in found))
        return short(expected, f"{len(found)} of {count} lines hold one ({where})", evidence=evidence)
    return holds(expected, f"none of {len(secrets)} in {count} lines")


def _may_have_pages(service: Service) -> bool:
    from longshore.model.servers import server_of

    return not server_of(service) and any(port.protocol == "tcp" for port in service.ports)


def _bundle(service: Service) -> Check:
    criterion = _criterion(
        "bundle",
        f"no secret is in what {service.name} sends to browsers",
        "its front page with its scripts and style sheets, searched for what .env and the secrets hold",
        "no secret in variables that a bundler takes over (VITE_, NEXT_PUBLIC_, REACT_APP_): browsers show them to all",
        service.name,
    )
    return Check(criterion, partial(_try_bundle, service), needs=(service.name,), limit=120)


async def _try_bundle(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.search import in_text, sought
    from longshore.verify.safety.served import bundle

    secrets = sought(named_secrets(live.stack, live.stack.environment))
    port = next(port for port in service.ports if port.protocol == "tcp")
    address = await live.address(service.name, port.target)
    files, found = [], []
    try:
        async for file in bundle(address):
            files.append(file.url)
            found += [f"{name}, in {file.url}" for name in in_text(file.text, secrets)]
    except NoHttp as error:
        return skipped(f"it sends no page: {error}")
    if not files:
        return skipped("it sends no page: what is at / is no HTML")
    if found:
        return short("no secret", found[0], evidence=(Evidence("secrets, by name", "\n".join(found)),))
    return holds("no secret", f"none of {len(secrets)} in {len(files)} files")


# What others say.


def _dockerfiles() -> Check:
    criterion = _criterion(
        "dockerfiles",
        "the Dockerfiles follow good practice",
        "hadolint, with the rules that shore doctor asks it for",
        "mend what is listed, or say why not: # hadolint ignore=CODE above the line",
    )
    return Check(criterion, _try_dockerfiles, limit=120)


async def _try_dockerfiles(live: Live) -> Seen:
    import shutil

    from longshore.doctor.hadolint import lint

    if not shutil.which("hadolint"):
        return skipped("hadolint is not installed here (see github.com/hadolint/hadolint)")
    found = await asyncio.to_thread(lambda: list(lint(_ground(live))))
    lines = [f"{one.level:<8} {one.place}  {one.rule}: {one.text}" for one in found]
    evidence = (Evidence("what hadolint says", "\n".join(lines)),) if lines else ()
    errors = sum(one.level == "error" for one in found)
    words = f"{errors} errors, {len(found) - errors} others"
    return (short if errors else holds)("no error", words, evidence=evidence)


def _python(service: Service) -> bool:
    names = ("requirements.txt", "pyproject.toml", "setup.py")
    return bool(service.build) and any(Path(service.build.context, name).is_file() for name in names)  # type: ignore[union-attr]


def _locked(service: Service) -> bool:
    return bool(service.build) and Path(service.build.context, "package-lock.json").is_file()  # type: ignore[union-attr]


_ADVICE = "take the version that mends it, or say in x-longshore.verify.live-with why it does no harm here"


def _holes(service: Service) -> Check:
    criterion = _criterion(
        "pip-audit", f"no Python package of {service.name} has a known grave hole",
        "pip-audit, of what is installed in the live service", _ADVICE, service.name,
    )  # fmt: skip
    return Check(criterion, partial(_try_pip, service), needs=(service.name,), limit=150)


_INSTALLED = "import importlib.metadata as m; print('\\n'.join(f'{d.name}=={d.version}' for d in m.distributions()))"


async def _try_pip(service: Service, live: Live) -> Seen:
    import shutil

    from longshore.verify.safety.tools import PIP_AUDIT, scan

    if not shutil.which(PIP_AUDIT.program):
        return await scan(PIP_AUDIT)
    answer = await live.execute(service.name, "python", "-c", _INSTALLED)
    if not answer.ok:
        raise cannot(f"{service.name} does not tell what is installed in it: {answer.text[:120]}")
    with tempfile.TemporaryDirectory(prefix="shore-verify-") as folder:
        Path(folder, "requirements.txt").write_text(answer.out)
        return await scan(PIP_AUDIT, "--no-deps", "--disable-pip", "-r", "requirements.txt", folder=folder)


def _npm(service: Service) -> Check:
    criterion = _criterion(
        "npm-audit", f"no Node.js package of {service.name} has a known grave hole",
        "npm audit, of its lock file without what only development needs", _ADVICE, service.name,
    )  # fmt: skip
    return Check(criterion, partial(_try_npm, service), limit=150)


async def _try_npm(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.tools import NPM_AUDIT, scan

    assert service.build
    return await scan(NPM_AUDIT, folder=live.stack.services[service.name].build.context)  # type: ignore[union-attr]


def _image_holes(service: Service) -> Check:
    criterion = _criterion(
        "image-scan", f"nothing in the image of {service.name} has a known grave hole",
        "trivy or grype, of the whole image", _ADVICE, service.name,
    )  # fmt: skip
    return Check(criterion, partial(_try_image_scan, service), limit=300)


async def _try_image_scan(service: Service, live: Live) -> Seen:
    from longshore.model.reference import image_name
    from longshore.verify.safety.tools import image_scanner, scan

    scanner = image_scanner()
    if live.engine_name != "docker":
        return skipped(f"{scanner.program} looks into an engine's images, and {live.engine_name} keeps them as folders")
    return await scan(scanner, image_name(live.stack.name, live.stack.services[service.name]), limit=280)
