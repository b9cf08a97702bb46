"""Write docs/reference/compose-support.md from the one table of attributes (src/longshore/model/support.py)."""

from __future__ import annotations

from pathlib import Path

from longshore.model.support import ATTRIBUTES, Attribute, Support
from longshore.ship.cells import Cell, cell_of

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/compose-support.md"

COLUMNS = "| attribute | what it may be | meaning | native | Docker | Swarm |\n|---|---|---|---|---|---|\n"

HEAD = """# What of a Compose file is supported

Every attribute of the Compose Specification, as far as Docker Compose 2.40.3 knows it, and what each engine does
with it. This page is made by `python scripts/support_page.py` from the table in `src/longshore/model/specification/`.
The same table checks files and words the engines' warnings, so the page cannot tell anything else than they do.

- **yes**: as Docker Compose does it. "needs API 1.44" is the version of the Docker Engine API that has it; below it,
  the error names both.
- **deviates**: done, in the way told. A warning says so when a file uses it; `--strict` refuses.
- **no**: not done, because. A warning says so; `--strict` refuses.
- Swarm: what `shore ship` makes of it, from `src/longshore/ship/cells.py`: as it is, **translated** into a Swarm's own,
  **left out** with a warning (`--strict` refuses), or **refused** with its line before anything is shipped.

Reading is one thing, running another: *every* attribute is read, checked, merged and printed by `shore config`,
whatever an engine does with it. Names of your own (`x-...`) may stand in every mapping that is not marked *closed*.
"""

PARTS = ("The file", "A service", "build", "deploy", "develop", "networks", "volumes", "secrets", "configs", "models")


def part(path: str) -> str:
    """The part of the page that an attribute stands in."""
    names = path.split(".")
    if names[0] != "services":
        return names[0] if names[0] in PARTS else "The file"
    if len(names) < 3:
        return "The file"
    return names[2] if names[2] in PARTS[2:5] else "A service"


DIFFERENCES = """
## Where Longshore differs from Docker Compose on purpose

| what | Docker Compose 2.40.3 | Longshore |
|---|---|---|
| a variable or label of a mapping whose name starts with `x-` | turned into `#extensions=map[...]` | kept |
| `pid:` left empty | crashes | taken for "not set" |
| numbers out of all range, `.inf` where a number is wanted | turned into another number | refused |
| files on other machines (`https://`, `git@`, `oci://`) in `extends`, `include` | fetched | refused, with why |
| `include:` entry without a path | ignored | ignored with a warning |
| aliases of over 200,000 values, nesting over 128 levels, files over 4 MB | read until memory ends | refused |
| an env file ends with a name, with no line break | it becomes the value of a nameless variable | inherited |
| `pre_start`, `build.no_cache_filter` (of newer versions) | refused | read and printed; no engine runs it yet |
| several mistakes in one file | the first | all of them |
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title in PARTS:
        rows = [attribute for attribute in ATTRIBUTES if part(attribute.path) == title]
        parts.append(f"\n## {title}\n\n{COLUMNS}")
        parts += [_row(attribute) for attribute in rows]
    return "".join([*parts, DIFFERENCES])


def _row(attribute: Attribute) -> str:
    kind = attribute.kind.replace("/", ", ")
    if attribute.values:
        kind = ", ".join(f"`{value}`" for value in attribute.values) + (f", {kind}" if "list" in kind else "")
    if attribute.closed:
        kind += " (closed)"
    if attribute.required:
        kind += f"; needs {', '.join(f'`{key}`' for key in attribute.required)}"
    cells = (f"`{attribute.path}`", kind, attribute.meaning, _support(attribute.native), _support(attribute.docker),
             _cell(cell_of(attribute.path)))  # fmt: skip
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _support(support: Support) -> str:
    level = support.level if support.level == "yes" else f"**{support.level}**"
    return f"{level}: {support.words}" if support.words else level


def _cell(cell: Cell) -> str:
    level = cell.level if cell.level == "yes" else f"**{cell.level}**"
    return f"{level}: {cell.words}" if cell.words else level


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page())
    print(f"{len(ATTRIBUTES)} attributes")
