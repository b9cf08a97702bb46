"""Interpreters of Python made to stand in /usr/local: Debian's own, this machine's, and wheels beside them."""
