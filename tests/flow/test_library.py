"""The program of docs/how-to/use-as-a-library.md, as it stands there, brings a real stack up and down."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/how-to/use-as-a-library.md"


@pytest.mark.e2e
def test_the_program_of_the_page(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len([line for line in program.splitlines() if line.strip()]) <= 20
    (tmp_path / "compose.yaml").write_text(
        "name: library\nservices:\n  cache:\n    image: redis:7\n    healthcheck: {test: redis-cli ping}\n"
    )
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_DATA_HOME": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    assert first == "library-cache-1 running healthy"
    assert [line.split()[1] for line in rest] == ["stop", "remove", "remove"]
