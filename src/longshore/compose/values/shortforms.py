"""Short forms of ports, volumes and devices into their long forms. Raise ValueError with the reason."""

from __future__ import annotations

from typing import Any

__all__ = ["device", "is_ip_address", "ports", "volume"]

_PROTOCOLS = ("tcp", "udp", "sctp")
_PROPAGATION = ("rprivate", "private", "rshared", "shared", "rslave", "slave")
_SELINUX = ("z", "Z")


def ports(text: str) -> list[dict[str, Any]]:
    """ "[ip:][published:]target[/protocol]", where published and target may be ranges, as long ports."""
    address, published, target = _split_port(text)
    target, _, protocol = target.partition("/")
    protocol = protocol.lower() if target and protocol else "tcp" if target else ""
    if not target:
        raise ValueError("no container port is given")
    if protocol not in _PROTOCOLS:
        raise ValueError(f'"{protocol}" is not a protocol: tcp, udp or sctp')
    address = _checked_address(address)
    first, last = _port_range(target, "container port")
    mapped = [_port(address, host, port, protocol) for port, host in _pair(published, first, last)]
    return sorted(mapped, key=lambda p: f"{p.get('target', 0)}/{protocol}")


def _split_port(text: str) -> tuple[str, str, str]:
    parts = text.split(":")
    if len(parts) == 1:
        return "", "", parts[0]
    return ":".join(parts[:-2]), parts[-2], parts[-1]


def _checked_address(address: str) -> str:
    if address.startswith("["):
        if not address.endswith("]"):
            raise ValueError(f'"{address}" is not an IP address')
        address = address[1:-1]
    if address and not is_ip_address(address):
        raise ValueError(f'"{address}" is not an IP address')
    return address


def is_ip_address(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address."""
    import socket

    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, text)
        except (OSError, ValueError):
            continue
        return True
    return False


def _pair(published: str, first: int, last: int) -> list[tuple[int, str]]:
    if not published:
        return [(port, "") for port in range(first, last + 1)]
    low, high = _port_range(published, "published port")
    if first == last:
        return [(first, str(low) if low == high else f"{low}-{high}")]
    if high - low != last - first:
        raise ValueError(f"the ranges {published} and {first}-{last} are not of the same length")
    return [(port, str(low + port - first)) for port in range(first, last + 1)]


def _port_range(text: str, what: str) -> tuple[int, int]:
    parts = text.split("-")
    low = _port_number(parts[0], what)
    high = _port_number(parts[1], what) if len(parts) > 1 else low
    if high < low:
        raise ValueError(f"{what} {text}: the range ends before it begins")
    return low, high


def _port_number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f'{what} "{text}" is not a number from 0 to 65535')
    number = int(text) if len(text) < 10 else 65536
    if number > 65535:
        raise ValueError(f"{what} {text} is not between 0 and 65535")
    return number


def _port(address: str, published: str, target: int, protocol: str) -> dict[str, Any]:
    port: dict[str, Any] = {"mode": "ingress"}
    if address:
        port["host_ip"] = address
    if target:
        port["target"] = target
    if published:
        port["published"] = published
    port["protocol"] = protocol
    return port


def volume(text: str) -> dict[str, Any]:
    """ "[source:]target[:options]" as a long volume."""
    if not text:
        raise ValueError("the volume is empty")
    made: dict[str, Any] = {}
    if len(text.encode()) <= 2:
        return {"type": "volume", "target": text}
    parts = _split_volume(text)
    if "" in parts:
        raise ValueError(f'"{text}" has an empty part between its colons')
    if len(parts) > 3:
        raise ValueError(f'"{text}" has too many colons')
    if len(parts) == 1:
        made["target"] = parts[0]
    else:
        made["source"], made["target"] = parts[0], parts[1]
    for option in parts[2].split(",") if len(parts) == 3 else ():
        _volume_option(made, option)
    _volume_type(made)
    return made


def _split_volume(text: str) -> list[str]:
    """The parts between colons; not those inside ${...}, nor the one of a Windows drive."""
    parts, current, depth = [], "", 0
    for index, char in enumerate(text):
        if char == "$" and text[index + 1 : index + 2] == "{":
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif char == ":" and not depth and not (len(current) == 1 and current.isalpha()):
            parts.append(current)
            current = ""
            continue
        current += char
    return [*parts, current]


def _volume_option(made: dict[str, Any], option: str) -> None:
    if option in ("ro", "rw"):
        made["read_only"] = option == "ro"
    elif option == "nocopy":
        made["volume"] = {"nocopy": True}
    elif option in _PROPAGATION:
        made.setdefault("bind", {})["propagation"] = option
    elif option in _SELINUX:
        made.setdefault("bind", {})["selinux"] = option


def _volume_type(made: dict[str, Any]) -> None:
    if not made.get("read_only"):
        made.pop("read_only", None)
    if _is_path(made.get("source", "")):
        made["type"] = "bind"
        made.setdefault("bind", {})["create_host_path"] = True
    else:
        made["type"] = "volume"
        made.setdefault("volume", {})


def _is_path(source: str) -> bool:
    if not source:
        return False
    return source[0] in "./~" or source.startswith("\\\\") or (source[1:2] == ":" and source[0].isalpha())


def device(text: str, lenient: bool) -> dict[str, Any]:
    """ "source[:target[:permissions]]" as a long device."""
    parts = text.split(":")
    if len(parts) > 3:
        if not lenient:
            raise ValueError(f'"{text}" has too many colons, use the long form')
        return {"source": "", "target": "", "permissions": "rwm"}
    source, target, permissions = (*parts, "", "")[:3] if len(parts) < 3 else parts
    return {"source": source, "target": target or source, "permissions": permissions if len(parts) == 3 else "rwm"}
