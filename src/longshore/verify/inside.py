"""What a check asks from inside of a service, with whatever programs its image has: one script for a shell, one for
Python where there is no shell. Pure but for the names of programs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

__all__ = ["connect_script", "got_there", "listening", "resolve_script", "resolved"]

NO_PROGRAM = "no-program"

_LOOK_UP = r"""
look() {
  if command -v getent >/dev/null 2>&1; then getent hosts "$1" >/dev/null 2>&1
  elif command -v python3 >/dev/null 2>&1; then python3 -c 'import socket, sys; socket.getaddrinfo(sys.argv[1], 80)' "$1" 2>/dev/null
  elif command -v python >/dev/null 2>&1; then python -c 'import socket, sys; socket.getaddrinfo(sys.argv[1], 80)' "$1" 2>/dev/null
  elif command -v node >/dev/null 2>&1; then node -e 'require("dns").lookup(process.argv[1], e => process.exit(e ? 1 : 0))' "$1"
  elif command -v ping >/dev/null 2>&1; then ! ping -c 1 -W 1 "$1" 2>&1 | grep -qiE 'bad address|unknown host|not known|resolution'
  elif command -v nslookup >/dev/null 2>&1; then nslookup "$1" >/dev/null 2>&1
  else echo no-program; exit 0; fi
}
"""  # noqa: E501

CONNECT = r"""
reach() {
  for python in python3 python; do
    if command -v $python >/dev/null 2>&1; then
      $python -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)' "$1" "$2" 2>&1; return
    fi
  done
  if command -v node >/dev/null 2>&1; then
    node -e 'const s = require("net").connect(+process.argv[2], process.argv[1]);
      const end = (code, text) => { console.log(text); process.exit(code) };
      s.on("connect", () => end(0, "")); s.on("error", e => end(1, e.code)); setTimeout(() => end(1, "late"), 3000)' "$1" "$2"
  elif command -v bash >/dev/null 2>&1; then timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>&1
  elif command -v nc >/dev/null 2>&1; then nc -v -w 3 "$1" "$2" </dev/null 2>&1
  elif command -v curl >/dev/null 2>&1; then curl -sS -m 3 -o /dev/null "http://$1:$2/" 2>&1
  elif command -v wget >/dev/null 2>&1; then wget -T 3 -t 1 -O /dev/null "http://$1:$2/" 2>&1
  else echo no-program; fi
}
"""  # noqa: E501
"""A shell function that ends well when a connection is made, and else prints what stood in its way."""


def resolve_script(names: Iterable[str]) -> str:
    """Prints a line for each name: "NAME found" or "NAME unknown"; or that there is nothing to look with."""
    words = " ".join(map(shlex.quote, names))
    return f'{_LOOK_UP}for name in {words}; do look "$name" && echo "$name found" || echo "$name unknown"; done'


def resolved(said: str) -> Mapping[str, bool] | None:
    """By name, whether it was found; None where there was no program to look with."""
    if NO_PROGRAM in said.split():
        return None
    lines = (line.split() for line in said.splitlines())
    return {words[0]: words[1] == "found" for words in lines if len(words) == 2}


def connect_script(host: str, port: int) -> str:
    """Prints what `got_there` reads."""
    return f"{CONNECT}if reach {shlex.quote(host)} {port}; then echo reached; fi"


def got_there(said: str) -> bool | None:
    """Whether somebody answered, be it by a refusal; None where there was nothing to try with."""
    if NO_PROGRAM in said.split():
        return None
    return "reached" in said.split() or bool(re.search(r"refused|ECONNREFUSED", said, re.IGNORECASE))


def listening(tables: str) -> frozenset[int]:
    """The ports on which somebody listens for others than itself, from the text of /proc/net/tcp and tcp6."""
    found = set()
    for line in tables.splitlines():
        words = line.split()
        if len(words) > 3 and words[3] == "0A" and ":" in words[1]:
            address, _, port = words[1].rpartition(":")
            if address not in _LOOPBACK:
                found.add(int(port, 16))
    return frozenset(found)


_LOOPBACK = frozenset({"0100007F", "00000000000000000000000001000000", "0B00007F"})
"""127.0.0.1, ::1, and the 127.0.0.11 of Docker's own name server, as the kernel writes them."""
