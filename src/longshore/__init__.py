"""Longshore: from a Compose file to a running, proven stack."""

__version__ = "0.1.0"
