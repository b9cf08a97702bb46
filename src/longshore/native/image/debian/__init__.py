"""Debian packages without root: base roots and everything made of packages."""
