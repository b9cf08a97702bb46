"""One line of a file each, alone or with another line in a document after it, and what Docker Compose 2.40.3 makes of
it. `python -m tests.conformance.lines` asks it anew.

lines.json has one entry a line: [[line, ...], answer]. A line is an attribute of a service, or, after ".", an element
of the top level. The answer is what `config --format json` prints of that service beside what it prints of every other,
or of the top level without its services and the default network; null where it refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.conformance.answers import VERSION, reference
from tests.conformance.scenarios import ask

FILE = Path(__file__).with_name("lines.json")
_USES = {
    "networks": "networks: [n]", "volumes": "volumes: ['vol:/vol']", "secrets": "secrets: [s]",
    "configs": "configs: [c]", "models": "models: [m]",
}  # fmt: skip
"""How a service uses what a line of the top level makes."""
_OTHERS = """  web2: {image: y}
  built: {build: .}
secrets: {s: {file: ./s}, t: {environment: E}}
configs: {c: {content: x}, d: {file: ./d}}
models: {m: {model: ai/m}}
volumes: {vol: }
"""
TOP = "."
_PLAIN = {"command": None, "entrypoint": None, "image": "x", "networks": {"default": None}}
Entry = tuple[list[str], Any]


def entries() -> list[Entry]:
    """All of them."""
    found: list[Entry] = json.loads(FILE.read_text())
    return found


def scenario(lines: Sequence[str]) -> dict[str, Any]:
    """The lines as a scenario."""
    first, *rest = lines
    if _is_top(first):
        use = _USES.get(first.removeprefix(TOP).partition(":")[0], "user: a")
        texts = [f"{first.removeprefix(TOP)}\nservices: {{web: {{image: x, {use}}}}}\n"]
        texts += [f"{line.removeprefix(TOP)}\n" for line in rest]
    else:
        texts = [
            f"services:\n  web: {_service(first)}\n{_OTHERS}",
            *(f"services: {{web: {{{one}}}}}\n" for one in rest),
        ]
    return {"files": {"compose.yaml": "---\n".join(texts)}, "env": {"E": "val", "EMPTY": ""}}


def _is_top(line: str) -> bool:
    return line.startswith(TOP)


def _service(line: str) -> str:
    return f"{{{line}}}" if line.startswith("image:") else f"{{image: x, {line}}}"


def shortened(lines: Sequence[str], answer: Any) -> Any:
    """What is kept of an answer."""
    if answer is None:
        return None
    if not _is_top(lines[0]):
        web = answer["services"]["web"]
        return {key: value for key, value in web.items() if key not in _PLAIN or value != _PLAIN[key]}
    kept = {key: value for key, value in answer.items() if key != "services" and value != "scenario"}
    if "networks" in kept:
        kept["networks"].pop("default", None)
    return {key: value for key, value in kept.items() if value}


def main() -> None:
    """Write all answers."""
    program = reference()
    if program is None:
        sys.exit(f"docker compose {VERSION} is not installed")
    asked = [lines for lines, _ in entries()]
    with ThreadPoolExecutor(2) as several:
        answers = several.map(lambda lines: shortened(lines, ask(program, scenario(lines))), asked)
    rows = [json.dumps([lines, answer], ensure_ascii=False) for lines, answer in zip(asked, answers, strict=True)]
    FILE.write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
