"""What RUN needs of this machine to reach the network as its user does: proxy, certificates, package indexes. It is
shown to the command only while it runs: it is no part of a layer, of a cache key or of what services see."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from longshore.model.record import factory, record
from longshore.native.image.build.sandbox import Bind
from longshore.native.image.debian import sources
from longshore.native.image.debian.sources import host_release
from longshore.native.kernel.privileges import is_root

__all__ = ["PROXIES", "HostSettings", "host_settings"]

DIRECTORY = "/dev/.longshore"
"""Beside the devices, which are private to a RUN: no directory that an image knows shows it."""
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
"""Docker's predefined arguments: usable in RUN without an ARG, and outside of the cache key."""
CERTIFICATES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
)
SHOWN_CERTIFICATES = (
    *CERTIFICATES,
    "npm_config_cafile",
    "YARN_HTTPS_CA_FILE_PATH",
    "AWS_CA_BUNDLE",
    "BUNDLE_SSL_CA_CERT",
)
INDEXES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "PIP_FIND_LINKS",
    "PIP_NO_INDEX",
    "PIP_PROXY",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_RETRIES",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INSECURE_HOST",
    "NPM_CONFIG_REGISTRY",
    "npm_config_registry",
    "YARN_NPM_REGISTRY_SERVER",
    "COREPACK_NPM_REGISTRY",
    "COREPACK_NPM_TOKEN",
    "COREPACK_INTEGRITY_KEYS",
    "GOPROXY",
    "GONOSUMDB",
    "GOSUMDB",
    "GOPRIVATE",
)
PIP_KEYS = {
    "index-url": "PIP_INDEX_URL",
    "extra-index-url": "PIP_EXTRA_INDEX_URL",
    "trusted-host": "PIP_TRUSTED_HOST",
    "find-links": "PIP_FIND_LINKS",
    "no-index": "PIP_NO_INDEX",
    "timeout": "PIP_DEFAULT_TIMEOUT",
    "default-timeout": "PIP_DEFAULT_TIMEOUT",
    "proxy": "PIP_PROXY",
    "retries": "PIP_RETRIES",
}
NPM_KEYS = re.compile(r"(@[^:]+:registry|registry|proxy|https-proxy|noproxy|strict-ssl|//.*)$")
"""Lines of an npmrc that say where packages are and who may have them; nothing else of it is shown."""


@record(frozen=False)
class HostSettings:
    """Environment and binds for RUN. The Dockerfile's own ENV and ARG beat `env`."""

    env: dict[str, str] = factory(default_factory=dict)
    binds: list[Bind] = factory(default_factory=list)


def host_settings(
    image_bundle: str,
    release: str,
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
    *,
    ordinary_user: bool | None = None,
) -> HostSettings:
    """The settings for an image of Debian `release` whose own CA bundle is the text `image_bundle`."""
    settings = HostSettings()
    home = home or Path.home()
    _proxies(settings, environ)
    bundle = _certificates(settings, image_bundle, environ, home)
    _indexes(settings, environ, home)
    _npm(settings, environ, home)
    _apt(settings, release, bundle, not is_root() if ordinary_user is None else ordinary_user)
    settings.binds.append(Bind("/etc/resolv.conf", text=_text(Path("/etc/resolv.conf")), mode=0o644))
    return settings


def _proxies(settings: HostSettings, environ: Mapping[str, str]) -> None:
    for name in PROXIES:
        value = environ.get(name) or environ.get(name.lower())
        if value:
            settings.env |= {name: value, name.lower(): value}


def _certificates(settings: HostSettings, image_bundle: str, environ: Mapping[str, str], home: Path) -> bool:
    """One bundle of the image's own certificates and those that this machine's user trusts besides."""
    own = set(_blocks(image_bundle))
    extra = [block for path in _certificate_files(environ, home) for block in _blocks(_text(path)) if block not in own]
    extra = list(dict.fromkeys(extra))
    if not extra:
        return False
    text = image_bundle.rstrip("\n") + "\n" + "\n".join(extra) + "\n"
    path = f"{DIRECTORY}/ca.crt"
    settings.binds.append(Bind(path, text=text, mode=0o444))
    settings.env |= dict.fromkeys(SHOWN_CERTIFICATES, path)
    settings.binds.append(Bind(f"{DIRECTORY}/wgetrc", text=f"ca_certificate = {path}\n", mode=0o444))
    settings.env["WGETRC"] = f"{DIRECTORY}/wgetrc"
    return True


def _certificate_files(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    for name in CERTIFICATES:
        if environ.get(name):
            yield Path(environ[name])
    for section in _pip_files(environ, home):
        if section.get("cert"):
            yield Path(section["cert"])
    for key, value in _npm_lines(environ, home):
        if key == "cafile":
            yield Path(value.strip("\"'"))
    yield from sorted(Path("/usr/local/share/ca-certificates").rglob("*.crt"))


def _blocks(text: str) -> list[str]:
    return re.findall(r"-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----", text, re.DOTALL)


def _indexes(settings: HostSettings, environ: Mapping[str, str], home: Path) -> None:
    for section in _pip_files(environ, home):
        for key, name in PIP_KEYS.items():
            if key in section:
                settings.env[name] = " ".join(section[key].split())
    settings.env |= {name: environ[name] for name in INDEXES if environ.get(name)}
    _local_links(settings)
    if "PIP_INDEX_URL" in settings.env and not {"UV_INDEX_URL", "UV_DEFAULT_INDEX"} & settings.env.keys():
        settings.env["UV_DEFAULT_INDEX"] = settings.env["PIP_INDEX_URL"]
    settings.env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"


def _local_links(settings: HostSettings) -> None:
    """Directories of wheels that the index settings name are shown at a place of our own."""
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        words = []
        for word in settings.env.get(name, "").split():
            path = Path(word.removeprefix("file://"))
            if path.is_absolute() and path.is_dir():
                place = f"{DIRECTORY}/links{len(settings.binds)}"
                settings.binds.append(Bind(place, source=str(path)))
                word = place
            words.append(word)
        if words:
            settings.env[name] = " ".join(words)


def _pip_files(environ: Mapping[str, str], home: Path) -> list[Mapping[str, str]]:
    """The [global] and [install] sections of pip's configuration files, in pip's order of precedence, lowest first."""
    paths = [Path("/etc/pip.conf"), home / ".pip/pip.conf", home / ".config/pip/pip.conf"]
    if environ.get("PIP_CONFIG_FILE"):
        paths = [Path(environ["PIP_CONFIG_FILE"])]
    found: list[Mapping[str, str]] = []
    for path in paths:
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(_text(path))
        except configparser.Error:
            continue
        found += [dict(parser[name]) for name in ("global", "install", "download") if parser.has_section(name)]
    return found


def _npm(settings: HostSettings, environ: Mapping[str, str], home: Path) -> None:
    lines = [f"{key}={value}" for key, value in _npm_lines(environ, home) if NPM_KEYS.match(key)]
    registry = next((line.partition("=")[2] for line in lines if line.startswith("registry=")), "")
    registry = settings.env.get("npm_config_registry") or settings.env.get("NPM_CONFIG_REGISTRY") or registry
    settings.env.setdefault("COREPACK_NPM_REGISTRY", registry or "https://registry.npmjs.org")
    settings.env["COREPACK_ENABLE_DOWNLOAD_PROMPT"] = "0"
    if lines:
        path = f"{DIRECTORY}/npmrc"
        settings.binds.append(Bind(path, text="\n".join(lines) + "\n", mode=0o444))
        settings.env["npm_config_globalconfig"] = path


def _npm_lines(environ: Mapping[str, str], home: Path) -> Iterator[tuple[str, str]]:
    """The settings of the machine's and the user's npmrc, ${VARIABLES} replaced as npm does."""
    user = Path(environ.get("npm_config_userconfig") or environ.get("NPM_CONFIG_USERCONFIG") or home / ".npmrc")
    for path in (Path("/usr/etc/npmrc"), Path("/etc/npmrc"), user):
        for line in _text(path).splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.lstrip().startswith((";", "#")):
                expanded = re.sub(r"\$\{([^}]+)\}", lambda m: environ.get(m[1], m[0]), value.strip())
                yield key.strip(), expanded


def _apt(settings: HostSettings, release: str, bundle: bool, ordinary_user: bool) -> None:
    lines = list(_apt_proxies())
    if bundle:
        lines.append(f'Acquire::https::CAInfo "{DIRECTORY}/ca.crt";')
    if ordinary_user:  # apt's own user cannot be had in a user namespace of one id
        lines.append('APT::Sandbox::User "root";')
    settings.binds.append(Bind("/etc/apt/apt.conf.d/90longshore-build", text="\n".join(lines) + "\n", mode=0o444))
    mirrors = sources.for_release(sources.host_sources(), release, host_release()) if release else ()
    if any("deb.debian.org" not in uri for source in mirrors for uri in source.uris):
        text = sources.render(mirrors)
        settings.binds.append(Bind("/etc/apt/sources.list.d/debian.sources", text=text, mode=0o444))
    stamp = _check_dates()
    if stamp:
        settings.binds.append(Bind("/etc/apt/apt.conf.d/91longshore-dates", text=stamp, mode=0o444))


def _apt_proxies() -> Iterator[str]:
    for name, value in _apt_dump(r"Acquire::(?:http|https)(?:::[^ :]+)*::Proxy"):
        yield f'{name} "{value}";'


def _check_dates() -> str:
    """A host that lives in the past or the future (a frozen archive) says so to its apt: so must the image's."""
    return "".join(f'{name} "{value}";\n' for name, value in _apt_dump(r"Acquire::Check-(?:Valid-Until|Date)"))


def _apt_dump(pattern: str) -> Iterable[tuple[str, str]]:
    if shutil.which("apt-config") is None:
        return []
    result = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False)
    return re.findall(rf'(?m)^({pattern}) "([^"]*)";$', result.stdout)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
