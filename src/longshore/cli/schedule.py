"""`shore backup schedule`: what makes backups and drills happen by themselves, written where it belongs."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args
from longshore.cli.writing import write_files

if TYPE_CHECKING:
    from longshore.flow.home import Where
    from longshore.model.stack import Stack

__all__ = ["schedule"]

WORKFLOW = ".github/workflows/drill.yml"


def schedule(args: Args, place: Where, stack: Stack) -> int:
    from longshore.backup.schedule import cron_lines, jobs, systemd_units

    if args.ci:
        return _workflow(args, stack)
    if args.to.startswith("."):
        args.to = str(Path(args.to).resolve())
    metrics = str(Path(args.metrics).resolve()) if args.metrics else ""
    both = jobs(stack.name, _words(args, stack), to=args.to, metrics=metrics)
    if place.environ.get("RESTIC_PASSWORD"):
        place.say("note: RESTIC_PASSWORD is not written down: name a file, x-longshore.backup.password_file")
    if args.cron or shutil.which("systemctl") is None:
        place.say("for crontab -e:")
        print("\n".join(cron_lines(both, stack.working_dir, place.environ)))
        return 0
    units = systemd_units(stack.name, both, stack.working_dir, place.environ)
    folder, user = _units(place)
    write_files(args, {folder / name: text for name, text in units.items()})
    timers = " ".join(name for name in units if name.endswith(".timer"))
    print(f"now: systemctl {user}daemon-reload && systemctl {user}enable --now {timers}")
    if user:
        print("and so that they run while you are away: loginctl enable-linger")
    return 0


def _words(args: Args, stack: Stack) -> tuple[str, ...]:
    """The command line by which this project is found from anywhere."""
    words = [str(Path(sys.argv[0]).absolute())]
    for option, values in (("-f", stack.files), ("--env-file", args.env_files), ("--profile", args.profiles)):
        for value in values or ():
            words += [option, value if option == "--profile" else str(Path(value).absolute())]
    words += ["--project-directory", stack.working_dir, "-p", stack.name]
    return (*words, *(("--engine", args.engine) if args.engine else ()))


def _units(place: Where) -> tuple[Path, str]:
    """Where units go, and what systemctl is told of whose they are."""
    if os.geteuid() == 0:
        return Path("/etc/systemd/system"), ""
    config = place.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(config, "systemd/user"), "--user "


def _workflow(args: Args, stack: Stack) -> int:
    from longshore import __version__
    from longshore.backup.schedule import workflow
    from longshore.model.actions import CHECKOUT

    write_files(args, {Path(stack.working_dir, WORKFLOW): workflow(stack.name, __version__, CHECKOUT)})
    print('now: set the secrets that it names, in the environment "backup" of the repository\'s settings')
    return 0
