"""What makes backups and drills happen by themselves: units of systemd, lines for cron, a workflow for GitHub. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from longshore.model.record import record

__all__ = ["CARRIED", "Job", "cron_lines", "jobs", "systemd_units", "workflow"]

CARRIED = ("PATH", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "DOCKER_HOST",
           "RESTIC_REPOSITORY", "RESTIC_PASSWORD_FILE", "RESTIC_PASSWORD_COMMAND")  # fmt: skip
"""Variables that a job keeps of those that `schedule` ran with; no value of theirs is a secret."""
NAME = re.compile(r"[^A-Za-z0-9_.-]")


@record
class Job:
    """`name` is a word, `words` the command line, `calendar` when by systemd's words and `cron` by cron's."""

    name: str
    about: str
    words: tuple[str, ...]
    calendar: str
    cron: str


def jobs(project: str, shore: Iterable[str], *, to: str, metrics: str) -> tuple[Job, Job]:
    """A backup each night and a drill each week, by the command line `shore`. `metrics` is a folder that node-exporter
    reads (its textfile collector), "" for none."""
    where = ("--to", to) if to else ()
    figures = {
        name: ("--metrics", str(PurePath(metrics, f"longshore-{name}-{NAME.sub('-', project)}.prom")))
        if metrics
        else ()
        for name in ("backup", "drill")
    }
    shore = tuple(shore)
    return (
        Job("backup", f"Backup of {project}", (*shore, "backup", *where, *figures["backup"]), "*-*-* 02:30:00",
            "30 2 * * *"),
        Job("drill", f"Drill of the newest backup of {project}",
            (*shore, "backup", "drill", "--within", "26h", *where, *figures["drill"]), "Sun *-*-* 04:30:00",
            "30 4 * * 0"),
    )  # fmt: skip


def systemd_units(project: str, several: Iterable[Job], folder: str, environ: Mapping[str, str]) -> dict[str, str]:
    """File names and texts: a service and a timer for each job. A run that was missed, as the machine was off, is made
    up for."""
    found = {}
    for job in several:
        name = f"longshore-{job.name}-{NAME.sub('-', project)}"
        given = "".join(f"Environment={_unit(f'{key}={value}')}\n" for key, value in _carried(environ))
        found[f"{name}.service"] = (
            f"[Unit]\nDescription={job.about}\nAfter=network-online.target\nWants=network-online.target\n\n"
            f"[Service]\nType=oneshot\nWorkingDirectory={folder.replace('%', '%%')}\n{given}"
            f"ExecStart={' '.join(map(_unit, job.words))}\nNice=10\n"
        )
        found[f"{name}.timer"] = (
            f"[Unit]\nDescription={job.about}\n\n[Timer]\nOnCalendar={job.calendar}\nRandomizedDelaySec=15m\n"
            "Persistent=true\n\n[Install]\nWantedBy=timers.target\n"
        )
    return found


def cron_lines(several: Iterable[Job], folder: str, environ: Mapping[str, str]) -> list[str]:
    """A line for each job. cron sends by mail what a command prints: only what goes wrong."""
    given = " ".join(f"{key}={shlex.quote(value)}" for key, value in _carried(environ))
    lines = []
    for job in several:
        command = f"cd {shlex.quote(folder)} && {given} {shlex.join(job.words)}"
        lines.append(f'{job.cron} out=$({command} 2>&1) || echo "$out"'.replace("%", r"\%"))
    return lines


def _carried(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(key, environ[key]) for key in CARRIED if environ.get(key)]


def _unit(word: str) -> str:
    """A word of a unit file."""
    plain = word.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$").replace('"', '\\"')
    return f'"{plain}"' if re.search(r"[\s\"'\\;]", word) or not word else plain


def workflow(project: str, version: str, checkout: str) -> str:
    """A workflow for GitHub that drills weekly on a machine of its own, which has the repository's address and password
    alone. `checkout` is the action, pinned by commit."""
    return f"""\
# Restores the newest backup of {project} into a copy on a machine that has nothing else, and compares.
# Needs the secrets RESTIC_REPOSITORY and RESTIC_PASSWORD, and what restic needs for that place
# (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY for s3:).
name: Drill
on:
  schedule:
    - cron: "30 4 * * 0"
  workflow_dispatch: {{}}
permissions: {{}}
concurrency:
  group: drill
  cancel-in-progress: false
jobs:
  drill:
    name: Restore the newest backup and compare
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    permissions:
      contents: read
    environment: backup
    steps:
      - uses: {checkout}
        with:
          persist-credentials: false
      - name: Install
        run: |
          sudo apt-get update && sudo apt-get install -y restic
          python3 -m venv "$RUNNER_TEMP/shore" && "$RUNNER_TEMP/shore/bin/pip" install longshore=={version}
      - name: Drill
        run: |
          "$RUNNER_TEMP/shore/bin/shore" -p {project} backup drill --within 26h
        env:
          RESTIC_REPOSITORY: ${{{{ secrets.RESTIC_REPOSITORY }}}}
          RESTIC_PASSWORD: ${{{{ secrets.RESTIC_PASSWORD }}}}
          AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}
          AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}
"""
