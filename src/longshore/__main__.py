"""`python -m longshore` is `shore`."""

from longshore.cli.entry import entry

entry()
