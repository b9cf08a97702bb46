"""What `backup schedule` writes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from longshore.backup.schedule import cron_lines, jobs, systemd_units, workflow
from longshore.model.actions import CHECKOUT

ENVIRON = {"PATH": "/usr/bin", "RESTIC_PASSWORD": "sesame", "RESTIC_PASSWORD_FILE": "/etc/a file", "HOME": "/root"}
BOTH = jobs("my shop", ("/opt/shore", "-f", "/srv/a shop/compose.yaml"), to="sftp:nas:/100%", metrics="/var/m")


def test_units_of_systemd() -> None:
    units = systemd_units("my shop", BOTH, "/srv/a shop", ENVIRON)
    assert list(units) == [
        "longshore-backup-my-shop.service", "longshore-backup-my-shop.timer",
        "longshore-drill-my-shop.service", "longshore-drill-my-shop.timer",
    ]  # fmt: skip
    service = units["longshore-drill-my-shop.service"]
    assert (
        'ExecStart=/opt/shore -f "/srv/a shop/compose.yaml" backup drill --within 26h --to sftp:nas:/100%%'
        " --metrics /var/m/longshore-drill-my-shop.prom\n"
    ) in service
    assert 'Environment="RESTIC_PASSWORD_FILE=/etc/a file"\n' in service
    assert "sesame" not in "".join(units.values())
    assert "OnCalendar=Sun *-*-* 04:30:00\n" in units["longshore-drill-my-shop.timer"]


def test_units_are_what_systemd_takes(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine")
    (tmp_path / "shore").symlink_to("/bin/true")
    both = jobs("shop", (str(tmp_path / "shore"), "-f", "/srv/a $shop;/compose.yaml"), to="", metrics="")
    for name, text in systemd_units("shop", both, str(tmp_path), ENVIRON).items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", *map(str, tmp_path.glob("*.timer"))],
        capture_output=True, text=True, check=False, env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_line_of_cron_runs_and_speaks_when_it_fails(tmp_path: Path) -> None:
    script = tmp_path / "a shore"
    script.write_text(
        f'#!/bin/sh\necho "$@ by $RESTIC_PASSWORD_FILE in $PWD" >> {tmp_path}/ran\necho bad; exit $CODE\n'
    )
    script.chmod(0o755)
    lines = cron_lines(jobs("shop", (str(script),), to="/100%", metrics=""), str(tmp_path), ENVIRON)
    assert [line[:11] for line in lines] == ["30 2 * * * ", "30 4 * * 0 "]
    for code, said in (("0", ""), ("1", "bad\n")):
        command = lines[1][11:].replace(r"\%", "%")  # what cron hands to the shell
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, env={"CODE": code})
        assert done.stdout == said
    text = (tmp_path / "ran").read_text().splitlines()[0]
    assert text == f"backup drill --within 26h --to /100% by /etc/a file in {tmp_path}"


def test_the_workflow_pins_its_actions_and_names_the_project() -> None:
    text = workflow("shop", "1.2.3", CHECKOUT)
    assert "longshore==1.2.3" in text
    assert "-p shop backup drill --within 26h" in text
    assert "@11bd71901bbe5b1630ceea73d27597364c9af683" in text
