"""Longshore: from a Compose file to a running stack."""

__version__ = "0.1.0"
