"""Where the package lies, for programs of ours that run with nothing else on their path."""

from __future__ import annotations

import os

__all__ = ["SOURCE"]

# On the way of every `up`: pathlib loads later.
SOURCE = os.path.dirname(os.path.abspath(__file__)).removesuffix("/longshore/native/shared")  # noqa: PTH100, PTH120
"""The directory that holds the package `longshore`, wherever it is installed."""
