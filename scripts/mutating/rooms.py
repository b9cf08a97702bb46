"""The rooms that mutations are drawn from, and the mutations that change nothing."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ALSO", "EQUIVALENT", "NAMED", "ROOMS", "TABLES", "Equivalent", "Named"]


def _in(folder: str, names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}.py" for name in names.split())


ROOMS: dict[str, tuple[str, ...]] = {
    "compose": ("compose",),
    "plan": ("plan",),
    "health": ("health",),
    "model": ("model",),
    "state": ("state",),
    "report": ("report",),
    "flow": ("flow",),
    "cli": ("cli",),
    "dockerfile": ("dockerfile",),
    "migrations": ("migrations",),
    "doctor": ("doctor",),
    "backup": _in("backup", "manifest parts settings repository"),
    "ship": _in("ship", "cells container facts gather losses objects pins plan release secrets settings translate "
                        "updates"),
    "verify": _in("verify", "check compare hosts inside redact result settings startup trivial fresh/override "
                            "safety/kernel safety/served"),
    "registry": _in("engine/registry", "challenge credentials errors manifests proxies settings"),
    "engine": _in("engine", "base capabilities executor fileobjects hooks"),
    "docker": _in("docker", "api/errors api/frames api/versions container/body container/endpoints container/mounts "
                            "container/references container/resources image/buildlog project/labels project/observe"),
    "native": _in("native", "command/translate command/survey command/sources command/refusals agent/health/plain "
                            "agent/container/ordering shared/requests shared/spec inside/order inside/users"),
    "images": _in("native/image", "build/command build/modes build/reasons build/settings build/state build/survey "
                                  "catalog/lookup catalog/reference catalog/versions debian/additions "
                                  "debian/apknames debian/sources oci/config oci/told model source "
                                  "store/imagejson"),
}  # fmt: skip
"""By room its files and folders under src/longshore: of the larger ones those that decide and do nothing."""

ALSO = {"compose": ("tests/conformance/", "tests/compose/")}
"""Tests that are asked as well, by folder: they run the program as a process, with an environment of its own."""

TABLES = ("tests/model/test_defaults.py", "tests/model/test_rules.py")
"""Tests that call nothing but read defaults and tables: asked first about what stands outside of functions."""


class Equivalent(NamedTuple):
    """A mutation that nobody can see: in a function (with its class; "" for the rest) of a file."""

    file: str
    where: str
    before: str
    after: str
    why: str


EQUIVALENT: tuple[Equivalent, ...] = (
    Equivalent("health/monitor.py", "monitor", "starting and signs is not None and signs.early",
               "signs is not None and signs.early",
               "once it is healthy the next probe ends an interval after the start at the earliest, where `early` says "
               "nothing any longer: it only saves a look at the sockets"),
    Equivalent("flow/watch.py", "Watcher.follow", "50", "51", "milliseconds in which changes are gathered"),
    Equivalent("flow/watch.py", "Watcher.follow", "20", "21", "milliseconds between two looks"),
    Equivalent("flow/watch.py", "ignored_by_build", "excludes if rules.rules else None", "excludes",
               "without rules nothing is excluded either way: it only saves asking"),
    Equivalent("flow/converge.py", "Convergence._all_ready", "0", "1", "a number that no operation has"),
    Equivalent("flow/converge.py", "Convergence.wait_for_conditions", "0", "1", "as in _all_ready"),
    Equivalent("flow/databases.py", "Shelf.keep", "10", "11", "digits that keep two names of one second apart"),
    Equivalent("flow/databases.py", "Shelf.keep", "6", "7", "digits that keep two names of one second apart"),
)  # fmt: skip


class Named(NamedTuple):
    """A change of text, in a function (with its class) of a file, that lived once: it must not live again."""

    file: str
    where: str
    before: str
    after: str


NAMED: tuple[Named, ...] = (
    Named("compose/merge/unique.py", "_device", "return parts[1] if len(parts) > 1 else parts[0]", "return parts[0]"),
    Named("plan/lifecycle.py", "_own_volume", "if volume.project != observed.project:", "if False:"),
    Named("health/wait.py", "_health", "seen.deaths = 0", "pass"),
    Named("flow/failure/explain.py", "_evidence", ".splitlines()[-3:]", ".splitlines()[-2:]"),
    Named("flow/home.py", "_home", "observed.containers or observed.volumes", "observed.containers"),
    Named("report/containers.py", "_ports", "for port in ports if port.published", "for port in ports"),
    Named("model/stack.py", "Volume.bound_to", '{"bind", "rbind"}', '{"bind"}'),
    Named("cli/upoptions.py", "wish_of", "parallel=parallel_limit(args)", "parallel=0"),
    Named("flow/failure/evidence.py", "_last_lines", "since=began - EARLY if began else None", "since=None"),
)
"""Asked for as the room "named"."""
