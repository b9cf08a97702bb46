"""`build:` by the engine's own BuildKit, through the `docker` command, or by Podman's builder, through `podman`: the
arguments (pure), its output as events."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from longshore.docker.image.buildlog import BuildLog, PodmanLog
from longshore.docker.project import labels
from longshore.engine.base import BuildOptions
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.reference import image_name
from longshore.model.service import Build, Service
from longshore.model.stack import Stack
from longshore.model.variables import valued
from longshore.state.events import BuildFinished, Emit

__all__ = ["Client", "arguments", "build", "find_client"]

LINE_LIMIT = 1 << 20


@record
class Client:
    """A `docker` command that can build: by the buildx plugin, or (before 23.0) by itself; or a `podman` command."""

    path: str
    buildx: bool
    podman: bool = False


async def build(
    stack: Stack, service: Service, options: BuildOptions, emit: Emit, client: Client, *, host: str,
    environ: Mapping[str, str],
) -> None:  # fmt: skip
    """Build the service's image and give it its names. Raises with the failing step's last lines."""
    assert service.build is not None
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="shore-build-") as scratch:
        argv, secrets = arguments(stack, service, options, client, Path(scratch))
        _write_secrets(stack, service, secrets)
        log = PodmanLog(service.name, emit) if client.podman else BuildLog(service.name, emit)
        command = [client.path, *(["--remote", "--url", host] if client.podman else []), *argv]
        code = await _run(command, service.build, log, {**environ, "DOCKER_BUILDKIT": "1", "DOCKER_HOST": host})
    if code != 0:
        raise _failure(service, log)
    reference = image_name(stack.name, service)
    seconds = time.monotonic() - began
    emit(BuildFinished(service.name, image=reference, seconds=seconds, cached=log.all_cached, changed=log.changed))


def arguments(
    stack: Stack, service: Service, options: BuildOptions, client: Client, scratch: Path
) -> tuple[list[str], Mapping[str, Path]]:
    """The command line after `docker` or `podman`, and the files to which secrets from variables must be written first.
    Pure."""
    wanted = service.build
    assert wanted is not None
    _refuse_keys(service, wanted, client)
    _refuse_flags(options, client)
    argv = _beginning(client)
    argv += ["--tag", image_name(stack.name, service)]
    argv += ["--file", "-" if wanted.dockerfile_inline is not None else _dockerfile(wanted)]
    argv += _switch("--no-cache", options.no_cache or wanted.no_cache)
    argv += _switch("--pull=always" if client.podman else "--pull", options.pull or wanted.pull)
    argv += _one("--target", wanted.target) + _one("--network", wanted.network)
    argv += _one("--shm-size", str(wanted.shm_size) if wanted.shm_size else None)
    argv += (
        _each("--tag", wanted.tags) + _each("--cache-from", wanted.cache_from) + _each("--cache-to", wanted.cache_to)
    )
    argv += _each("--platform", (service.platform,) if service.platform else ())
    argv += _each("--add-host", [entry.replace("=", ":", 1) for entry in wanted.extra_hosts])
    argv += _each("--label", [f"{k}={v}" for k, v in {**wanted.labels, **labels.build_labels(stack, service)}.items()])
    argv += _each("--build-arg", _build_args(stack, wanted, options))
    argv += _each("--ulimit", [f"{name}={limit.soft}:{limit.hard}" for name, limit in wanted.ulimits.items()])
    argv += _each("--ssh", [name if value is None else f"{name}={value}" for name, value in wanted.ssh.items()])
    argv += _each("--build-context", [f"{n}={_context(stack, c)}" for n, c in wanted.additional_contexts.items()])
    argv += _each("--allow", wanted.entitlements)
    argv += _one("--builder", options.builder) + _one("--provenance", options.provenance) + _one("--sbom", options.sbom)
    secrets = {s.source: scratch / f"secret-{i}" for i, s in enumerate(wanted.secrets) if not _file(stack, s.source)}
    for secret in wanted.secrets:
        file = _file(stack, secret.source) or str(secrets[secret.source])
        argv += ["--secret", f"id={secret.target or secret.source},src={file}"]
    return [*argv, wanted.context], secrets


def _beginning(client: Client) -> list[str]:
    if client.podman:
        return ["build", "--format", "docker"]  # the other format has no place for a HEALTHCHECK or SHELL
    return [*(["buildx", "build", "--load"] if client.buildx else ["build"]), "--progress=plain"]


_PODMAN_BUILDS = frozenset({"build.additional_contexts", "build.cache_to", "build.ulimits"})
"""What it can of what `docker` can do with the buildx plugin only."""


def _refuse_keys(service: Service, wanted: Build, client: Client) -> None:
    used = {
        "build.additional_contexts": wanted.additional_contexts, "build.cache_to": wanted.cache_to,
        "build.entitlements": wanted.entitlements, "build.ulimits": wanted.ulimits,
        "build.platforms": wanted.platforms[1:],
    }  # fmt: skip
    for key, value in used.items():
        if value and not client.buildx and not (client.podman and key in _PODMAN_BUILDS):
            what, todo = _lacking(client)
            raise ShoreError(
                f"services.{service.name}.{key} {what}",
                hint=f"{todo} take the attribute out",
                place=service.place(key, "build"),
            )


def _refuse_flags(options: BuildOptions, client: Client) -> None:
    for flag in ("builder", "provenance", "sbom"):
        if getattr(options, flag) and not client.buildx:
            what, todo = _lacking(client)
            raise ShoreError(f"--{flag} {what}", hint=f"{todo} leave it out")


def _lacking(client: Client) -> tuple[str, str]:
    if client.podman:
        return "is not known to Podman's builder", "build with Docker, or"
    return f"needs the buildx plugin; this docker command ({client.path}) has none", "install docker-buildx, or"


def _dockerfile(wanted: Build) -> str:
    remote = "://" in wanted.context or wanted.context.startswith("git@")
    return wanted.dockerfile if remote else str(Path(wanted.context) / wanted.dockerfile)


def _build_args(stack: Stack, wanted: Build, options: BuildOptions) -> list[str]:
    """An argument without a value takes the environment's, and is left out where that has none."""
    return [f"{name}={value}" for name, value in valued({**wanted.args, **options.args}, stack.environment).items()]


def _context(stack: Stack, context: str) -> str:
    """`service:x` stands for the image of that service."""
    name = context.removeprefix("service:")
    base = stack.known(name) if name != context else None
    return f"docker-image://{image_name(stack.name, base)}" if base else context


def _file(stack: Stack, source: str) -> str:
    found = stack.secrets.get(source)
    return found.file if found else ""


def _switch(flag: str, on: bool) -> list[str]:
    return [flag] if on else []


def _one(flag: str, value: str | None) -> list[str]:
    return [flag, value] if value else []


def _each(flag: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (flag, value)]


def _write_secrets(stack: Stack, service: Service, secrets: Mapping[str, Path]) -> None:
    for source, path in secrets.items():
        found = stack.secrets.get(source)
        value = found.content if found and found.content is not None else None
        if found and found.environment:
            value = stack.environment.get(found.environment)
        if value is None:
            raise ShoreError(
                f"services.{service.name}.build.secrets: the secret {source} has no value",
                hint="set the variable that it names" if found else "declare it under the top-level secrets",
                place=service.place("build.secrets", "build"),
            )
        path.touch(mode=0o600)
        path.write_text(value)


async def find_client(environ: Mapping[str, str], *, podman: bool) -> Client:
    """The first `docker` on PATH that can build with BuildKit; for `podman`, which has another builder, its command.
    Raises ShoreError."""
    if podman:
        path = shutil.which("podman", path=environ.get("PATH", os.defpath))
        if not path:
            raise ShoreError(
                "building on Podman needs the podman command, and none is on PATH",
                hint="install podman (podman-remote is enough), or run natively: --engine native",
            )
        return Client(path, buildx=False, podman=True)
    tried = []
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        path = shutil.which("docker", path=folder)
        if not path:
            continue
        if await _output(path, "buildx", "version"):
            return Client(path, True)
        version = await _output(path, "--version")
        if _builds_itself(version):
            return Client(path, False)
        tried.append(path)
    if tried:
        raise ShoreError(
            f"{', '.join(tried)} cannot build: its buildx plugin is missing",
            hint="install docker-buildx (docker-buildx-plugin), or run natively: --engine native",
        )
    raise ShoreError(
        "building needs the docker command, and none is on PATH",
        hint="install docker-cli with its buildx plugin, or run natively: --engine native",
    )


def _builds_itself(version: str) -> bool:
    """Before 23.0 the command spoke to BuildKit itself ("Docker version 20.10.24+dfsg1, build …")."""
    words = version.split()
    return len(words) > 2 and words[2].split(".")[0].isdigit() and int(words[2].split(".")[0]) < 23


async def _output(*argv: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    text, _ = await process.communicate()
    return text.decode(errors="replace") if process.returncode == 0 else ""


async def _run(argv: list[str], wanted: Build, log: BuildLog, environ: Mapping[str, str]) -> int:
    """Run the command with its output read line by line; an interrupted one is ended."""
    inline = wanted.dockerfile_inline
    process = await asyncio.create_subprocess_exec(
        *argv, env=dict(environ), limit=LINE_LIMIT,
        stdin=asyncio.subprocess.DEVNULL if inline is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        if process.stdin is not None and inline is not None:
            process.stdin.write(inline.encode())
            process.stdin.close()
        assert process.stdout is not None
        async for line in process.stdout:
            log.take(line.decode(errors="replace").rstrip())
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _failure(service: Service, log: BuildLog) -> ShoreError:
    step = f" at {log.failed}" if log.failed else ""
    text = " ".join(log.tail).lower()  # a program in the image says it with a capital, the engine without
    hint = "see the lines above; the Dockerfile's step is named in brackets"
    if "no space left on device" in text:
        hint = "the engine's disk is full: docker builder prune frees the build cache, docker system df shows the rest"
    elif "failed to do request" in text or "dial tcp" in text or "no such host" in text:
        hint = (
            "no registry can be reached for the base image; load it into the engine, or run natively: --engine native"
        )
    return ShoreError(
        f"{service.name}: build failed{step}", hint=hint, place=service.place("build"), details=tuple(log.tail)
    )
