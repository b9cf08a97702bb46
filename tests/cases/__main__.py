"""Plays the table of cases by hand.

    python -m tests.cases record [WORD ...]                  ask the real Docker Compose, write answers/
    python -m tests.cases run [--form root|user|docker] [WORD ...]
    python -m tests.cases show CASE                          what was recorded

A WORD chooses the cases whose name contains it. `--user NAME` takes that account in place of a throwaway one.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import time

from tests.cases import forms, table
from tests.cases.play import as_they_come
from tests.cases.table import Answer, Case, Recorded, beside
from tests.docker import dockerd


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cases", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("record", "run", "show"))
    parser.add_argument("words", nargs="*")
    parser.add_argument("--form", choices=table.FORMS, action="append", dest="forms")
    parser.add_argument("--user", default="", help="an account to use")
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--short", action="store_true", help="only those that pytest plays with LONGSHORE_CASES=1")
    parser.add_argument("--new", action="store_true", help="record only what has no answer yet, or is another case now")
    args = parser.parse_intermixed_args()
    chosen = [
        case for case in table.cases().values()
        if (not args.words or any(word in case.name for word in args.words)) and (case.short or not args.short)
    ]  # fmt: skip
    if args.what == "show":
        return show(chosen)
    if args.what == "record":
        return record([case for case in chosen if not (args.new and up_to_date(case))], args.jobs)
    return max(compare(form, chosen, args) for form in args.forms or table.FORMS)


def show(chosen: list[Case]) -> int:
    for case in chosen:
        found = table.recorded(case.family)[1].get(case.name)
        print(f"== {case.name}: {case.says}")
        for name, text in case.files.items():
            print(f"-- {name}\n{text.rstrip()}")
        for line, answer in zip(case.run, found.answers if found else [Answer()] * len(case.run), strict=True):
            print(f"$ {line}\n{answer}")
    return 0


def up_to_date(case: Case) -> bool:
    found = table.recorded(case.family)[1].get(case.name)
    return found is not None and found.sum == case.sum


def record(chosen: list[Case], jobs: int) -> int:
    """Ask Compose twice; only what it says twice is an answer. Each case is kept at once: a run that was ended is taken
    up again by `--new`."""
    unsure = 0
    with dockerd.running() as host, forms.short_folder() as base:
        dockerd.stand_ins(host, *forms.IMAGES)
        head = f"{datetime.date.today()}, Docker Compose {_version(host, 'compose')}, Docker {_version(host)}"
        for case, (first, second) in as_they_come(forms.of_compose(base, host), chosen, jobs, times=2):
            if first == second:
                keep(head, case, second)
                continue
            unsure += 1
            print(f"{case.name}: not the same answer twice, not recorded\n{beside(case, first, second)}", flush=True)
    print(f"{len(chosen) - unsure} cases recorded: {head}")
    return 1 if unsure else 0


def keep(head: str, case: Case, answers: tuple[Answer, ...]) -> None:
    """Write one case's answers into its family's file, in the order of the table."""
    every = table.cases()
    known = {**table.recorded(case.family)[1], case.name: Recorded(case.sum, answers)}
    kept = {name: known[name] for name in every if name in known and known[name].sum == every[name].sum}
    table.write(case.family, head, kept, {name: every[name].run for name in kept})
    table.recorded.cache_clear()


def _version(host: str, *what: str) -> str:
    words = [*what, "version", "--short"] if what else ["version", "-f", "{{.Server.Version}}"]
    return dockerd.Docker(host).ok(*words).lstrip("v")


def compare(name: str, chosen: list[Case], args: argparse.Namespace) -> int:
    began = time.monotonic()
    wrong = 0
    with forms.reach(name, args.user) as form:
        for case, (answers,) in as_they_come(form, chosen, args.jobs):
            right = table.expected(case, name)
            known = case.name in table.not_yet().get(name, ())
            if answers != right:
                wrong += 1
                mark = ", known" if known else ""
                print(f"== {case.name} [{name}{mark}]: {case.says}\n{beside(case, right, answers)}", flush=True)
            elif known:
                print(f"== {case.name} [{name}]: right now; take it out of not_yet.yaml")
    took = time.monotonic() - began
    print(f"{name}: {len(chosen) - wrong} of {len(chosen)} as expected, in {took:.0f} s", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
