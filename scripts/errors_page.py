"""Write docs/reference/errors.md: the commonest mistakes in a Compose file, what Docker Compose says, what shore says.

Docker Compose's side is asked anew where it is installed, and kept as it is on the page where it is not."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/errors.md"
SHORE = Path(sys.executable).with_name("shore")

HEAD = """# Errors: before and after

The commonest mistakes in a Compose file. *Before* is what `docker compose config` (2.40.3) says, *after* what
`shore config` says: the place of the mistake through all merges, what was expected, the nearest right thing, and all
mistakes of a file at once. Made by `python scripts/errors_page.py`, which runs both.
"""

MISTAKES: tuple[tuple[str, str], ...] = (
    ("A misspelt attribute", "services:\n  web:\n    imagee: nginx\n"),
    ("An attribute at the wrong level", "services:\n  web:\n    image: nginx\n    interval: 10s\n"),
    ("A tab in the indentation", "services:\n\tweb:\n\t\timage: nginx\n"),
    ("A missing colon", "services:\n  web:\n    image nginx\n    ports: [80]\n"),
    ("A key given twice", "services:\n  web:\n    image: nginx\n    ports: [80]\n    image: httpd\n"),
    ("A condition that is none",
     "services:\n  db: {image: postgres}\n  api:\n    image: api\n    depends_on:\n      db:\n"
     "        condition: healthy\n"),
    ("A dependency that is not there",
     "services:\n  database: {image: postgres}\n  api:\n    image: api\n    depends_on: [databse]\n"),
    ("Dependencies in a circle",
     "services:\n  a: {image: a, depends_on: [b]}\n  b: {image: b, depends_on: [c]}\n"
     "  c: {image: c, depends_on: [a]}\n"),
    ("A volume that is not declared",
     "services:\n  db:\n    image: postgres\n    volumes:\n      - data:/var/lib/postgresql/data\n"),
    ("A network that is not declared", "services:\n  web:\n    image: nginx\n    networks: [frontend]\n"),
    ("A port out of range", 'services:\n  web:\n    image: nginx\n    ports:\n      - "8080:80800"\n'),
    ("A port that is no number", 'services:\n  web:\n    image: nginx\n    ports:\n      - "http:80"\n'),
    ("A list where a mapping belongs", "services:\n  - web:\n      image: nginx\n"),
    ("Neither image nor build", "services:\n  web:\n    command: run\n"),
    ("A duration without a unit", "services:\n  web:\n    image: nginx\n    stop_grace_period: 30\n"),
    ("A required variable that is not set",
     "services:\n  db:\n    image: postgres\n    environment:\n"
     "      POSTGRES_PASSWORD: ${DB_PASSWORD:?set it in .env}\n"),
    ("A dollar that is meant as one", 'services:\n  web:\n    image: nginx\n    command: echo "${HOME"\n'),
    ("An env file that is missing", "services:\n  web:\n    image: nginx\n    env_file: settings.env\n"),
    ("A service extended that is not there",
     "services:\n  base: {image: nginx}\n  web:\n    extends: bse\n"),
    ("A word where a boolean belongs", "services:\n  web:\n    image: nginx\n    privileged: maybe\n"),
    ("A number where a text belongs", "services:\n  web:\n    image: nginx\n    hostname: 1.5\n"),
    ("A size that is none", "services:\n  web:\n    image: nginx\n    mem_limit: 512 megs\n"),
    ("A command list with a number in it", "services:\n  web:\n    image: nginx\n    command: [sleep, 10]\n"),
    ("Several mistakes at once",
     "services:\n  web:\n    image: nginx\n    restrat: always\n    ports: 80\n    environment:\n      DEBUG: [yes]\n"
     "networks:\n  front:\n    drivr: bridge\n"),
)  # fmt: skip


def ask(program: list[str], text: str) -> str:
    """What `program config` says about a file."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "compose.yaml").write_text(text)
        run = subprocess.run(
            [*program, "config", "-q"], cwd=folder, capture_output=True, text=True, check=False,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": folder, "LANG": "C.UTF-8"},
        )  # fmt: skip
        said = run.stderr.replace(f"{folder}/", "").strip()
    return re.sub(r'time="[^"]*" ', "", said) or "(nothing: accepted)"


def page(before: dict[str, str]) -> str:
    """The whole page, with `before` as Docker Compose's side."""
    parts = [HEAD]
    for title, text in MISTAKES:
        after = ask([str(SHORE)], text)
        parts.append(
            f"\n## {title}\n\n```yaml\n{text}```\n\nBefore:\n\n```text\n{before[title]}\n```\n\n"
            f"After:\n\n```text\n{after}\n```\n"
        )
    return "".join(parts)


def known_answers() -> dict[str, str]:
    """Docker Compose's side as the page has it."""
    found = re.findall(r"## (.*?)\n.*?Before:\n\n```text\n(.*?)\n```", PAGE.read_text(), re.S) if PAGE.exists() else []
    return dict(found)


def main() -> None:
    """Write the page."""
    before = known_answers()
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        before = {title: ask([docker, "compose"], text) for title, text in MISTAKES}
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(before))


if __name__ == "__main__":
    main()
