"""Where a registry's images are asked for on this machine: mirrors, and registries that are declared insecure, as the
administrator wrote them down for Docker (daemon.json, certs.d) or for Podman (registries.conf)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from longshore.engine.registry.errors import RegistryError
from longshore.engine.registry.proxies import in_network, is_loopback
from longshore.model.record import record
from longshore.model.reference import HUB, Reference

__all__ = ["HUB_HOST", "Certificates", "Rule", "Settings", "Target", "read_settings", "targets"]

HUB_HOST = "registry-1.docker.io"


@record
class Target:
    """A place that is asked for an image: `host` (with its port where one is named), the image's `path` there, and the
    `name` under which credentials for it are kept. `insecure`: without a certificate that holds, or none at all."""

    host: str
    path: str
    name: str
    insecure: bool = False


@record
class Rule:
    """A [[registry]] of registries.conf: for names that begin with `prefix`."""

    prefix: str
    location: str = ""
    insecure: bool = False
    blocked: bool = False
    mirrors: tuple[tuple[str, bool], ...] = ()


@record
class Certificates:
    """Files of a folder of certs.d: authorities of that registry, and our own certificate for it."""

    authorities: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


@record
class Settings:
    """`mirrors` are Docker Hub's; `insecure` names registries or networks of addresses."""

    mirrors: tuple[str, ...] = ()
    insecure: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    certificates: tuple[str, ...] = ()
    """Folders that have a folder for each registry."""

    def trusts_blindly(self, host: str) -> bool:
        """Whether it may be spoken to without a certificate: this machine itself, and what is declared."""
        name = urlsplit(f"//{host}").hostname or ""
        if is_loopback(name) or host in self.insecure or name in self.insecure:
            return True
        return any(in_network(name, network) for network in self.insecure if "/" in network)

    def certificates_for(self, host: str) -> Certificates:
        """Those of the first folder that has any for this host."""
        for folder in self.certificates:
            place = Path(folder, host)
            if place.is_dir():
                pairs = ((cert, cert.with_suffix(".key")) for cert in sorted(place.glob("*.cert")))
                return Certificates(
                    tuple(str(path) for path in sorted(place.glob("*.crt"))),
                    tuple((str(cert), str(key)) for cert, key in pairs if key.exists()),
                )
        return Certificates()


def targets(reference: Reference, settings: Settings) -> tuple[Target, ...]:
    """Who is asked for the image, one after the other: mirrors first, the registry itself last. RegistryError where the
    administrator has blocked it."""
    whole = f"{reference.registry}/{reference.path}"
    rule = _rule(whole, settings.rules)
    found: list[Target] = []
    if rule is not None:
        if rule.blocked:
            what = f"{reference.registry} is blocked on this machine (registries.conf: {rule.prefix})"
            raise RegistryError(what, hint="ask your administrator, or use another registry")
        rest = whole[len(rule.prefix) :]
        places = [*rule.mirrors, (rule.location, rule.insecure)] if rule.location else [*rule.mirrors]
        found += [_target(f"{location}{rest}", settings, insecure=bad) for location, bad in places]
        if rule.location and found:
            return tuple(found)
    elif reference.registry == HUB:
        found += [_mirror(url, reference.path, settings) for url in settings.mirrors]
    own = HUB_HOST if reference.registry == HUB else reference.registry
    declared = rule is not None and rule.insecure
    found.append(Target(own, reference.path, reference.registry, declared or settings.trusts_blindly(own)))
    return tuple(found)


def _rule(whole: str, rules: Iterable[Rule]) -> Rule | None:
    """The rule with the longest prefix that ends where a part of the name does."""
    fitting = [rule for rule in rules if _begins(whole, rule.prefix)]
    return max(fitting, key=lambda rule: len(rule.prefix), default=None)


def _begins(whole: str, prefix: str) -> bool:
    if prefix.startswith("*."):
        return whole.partition("/")[0].endswith(prefix[1:])
    return whole == prefix or whole.startswith(f"{prefix}/")


def _target(whole: str, settings: Settings, *, insecure: bool) -> Target:
    host, _, path = whole.partition("/")
    name = HUB if host in (HUB, HUB_HOST) else host
    host = HUB_HOST if host == HUB else host
    return Target(host, path, name, insecure or settings.trusts_blindly(host))


def _mirror(url: str, path: str, settings: Settings) -> Target:
    parts = urlsplit(url if "://" in url else f"https://{url}")
    prefix = parts.path.strip("/")
    insecure = parts.scheme == "http" or settings.trusts_blindly(parts.netloc)
    return Target(parts.netloc, f"{prefix}/{path}" if prefix else path, parts.netloc, insecure)


def read_settings(environ: Mapping[str, str], root: str = "/") -> Settings:
    """What stands on this machine; a file that is not there says nothing. `root` is where the machine's own files
    begin. RegistryError for one that cannot be understood."""
    etc = Path(root, "etc")
    own = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/nonexistent"), ".config"))
    daemons = [_json(path) for path in (own / "docker/daemon.json", etc / "docker/daemon.json")]
    daemon = next((found for found in daemons if found), {})
    rules = tuple(_rules(_containers_files(environ, etc, own)))
    folders = (own / "docker/certs.d", own / "containers/certs.d", etc / "docker/certs.d", etc / "containers/certs.d")
    insecure = [_bare(str(name)) for name in daemon.get("insecure-registries") or ()]
    insecure += [rule.prefix.partition("/")[0] for rule in rules if rule.insecure and not rule.location]
    return Settings(
        mirrors=tuple(str(url) for url in daemon.get("registry-mirrors") or ()),
        insecure=tuple(insecure),
        rules=rules,
        certificates=tuple(str(folder) for folder in folders if folder.is_dir()),
    )


def _bare(name: str) -> str:
    return name.partition("://")[2] or name


def _containers_files(environ: Mapping[str, str], etc: Path, own: Path) -> Iterator[Path]:
    named = environ.get("CONTAINERS_REGISTRIES_CONF")
    if named:
        yield Path(named)
        return
    mine = own / "containers/registries.conf"
    yield mine if mine.exists() else etc / "containers/registries.conf"
    for folder in (etc / "containers/registries.conf.d", own / "containers/registries.conf.d"):
        yield from sorted(folder.glob("*.conf"))


def _rules(files: Iterable[Path]) -> Iterator[Rule]:
    import tomllib

    for path in files:
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError:
            continue
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RegistryError(f"{path}: {error}", hint="correct the file") from None
        for entry in found.get("registry") or ():
            yield _read_rule(path, entry)


def _read_rule(path: Path, entry: Mapping[str, Any]) -> Rule:
    try:
        location = str(entry.get("location", ""))
        prefix = str(entry.get("prefix") or location)
        mirrors = tuple((str(one["location"]), bool(one.get("insecure"))) for one in entry.get("mirror") or ())
    except (KeyError, TypeError, AttributeError):
        raise RegistryError(f"{path}: a mirror without a location", hint="correct the file") from None
    same = location == prefix
    return Rule(prefix, "" if same else location, bool(entry.get("insecure")), bool(entry.get("blocked")), mirrors)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except PermissionError:  # it may hold secrets, and be root's alone
        return {}
    except (OSError, ValueError) as error:
        raise RegistryError(f"{path}: {error}", hint="correct the file") from None
    return found if isinstance(found, dict) else {}
