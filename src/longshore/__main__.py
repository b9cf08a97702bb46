"""`python -m longshore` is `shore`."""

from longshore.cli.main import entry

entry()
