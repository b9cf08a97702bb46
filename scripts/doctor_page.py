"""Write docs/reference/doctor.md: every rule of `shore doctor` with its examples."""

from __future__ import annotations

from pathlib import Path

from longshore.doctor.ground.finding import Example, Rule
from longshore.doctor.hadolint import IGNORED
from longshore.doctor.rules import all_rules

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/doctor.md"

HEAD = """# Rules of `shore doctor`

`shore doctor` examines Compose files, Dockerfiles, `.env`, migrations and the machine before anything starts. It exits
with 1 when it finds an error or a warning; advice, which `--all` shows, is no failure. `--format json` and
`--format sarif` are for programs, `--fix` makes the changes that are safe. Made by `python scripts/doctor_page.py`.

**Silence** a finding where the project has decided to live with it, always with the reason:

```yaml
x-longshore:
  doctor:
    compose.no-limits: one service on a machine of its own

services:
  web:
    ports:
      - "8000:8000" # doctor: compose.port-on-all-addresses the load balancer's network is closed
```

The same under `x-longshore.doctor` of a service. A silence without a reason is a finding itself (`doctor.no-reason`).

Beside the rules below: `compose.unreadable` (files that cannot be read), `machine.no-engine`, `machine.not-ready`
(ports taken and by whom, data of another major version, external volumes that are missing), `machine.disk`,
`machine.memory`, `machine.clock`, `machine.name-clash`, and `hadolint.*` where
[hadolint](https://github.com/hadolint/hadolint) is installed.
"""


def page() -> str:
    """The whole page."""
    rows = [f"| [`{r.id}`](#{r.id.replace('.', '')}) | {r.level} | {r.title} |" for r in all_rules()]
    table = "\n".join(["| rule | level | finds |", "|---|---|---|", *rows])
    left_out = "\n".join(f"| {code} | {why} |" for code, why in IGNORED.items())
    linter = f"## hadolint's rules that are not asked\n\n| rule | why |\n|---|---|\n{left_out}"
    return "\n\n".join([HEAD.rstrip(), table, *map(section, all_rules()), linter]) + "\n"


def section(rule: Rule) -> str:
    """One rule: why, what to do, wrong and right."""
    parts = [f"## {rule.id}", f"{rule.title} ({rule.level}). Why: {rule.why}. What to do: {rule.todo}."]
    parts.append(f"Wrong:\n\n{shown(rule.wrong[0])}")
    parts.append(f"Right:\n\n{shown(rule.right[0])}")
    return "\n\n".join(parts)


def shown(example: Example) -> str:
    """The files of an example, those that say something."""
    told = {name: text for name, text in example.items() if text.strip() and name != ".git"}
    return "\n\n".join(f"`{name}`\n```\n{text.rstrip()}\n```" for name, text in told.items())


if __name__ == "__main__":
    PAGE.write_text(page())
