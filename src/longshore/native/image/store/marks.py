"""The names by which a layer's archive says that something below it is hidden (OCI image specification, layer.md)."""

__all__ = ["META", "OPAQUE", "WHITEOUT"]

WHITEOUT = ".wh."
"""Before the name of what is hidden."""
META = ".wh..wh."
"""Begins the names of AUFS's own files, and of OPAQUE."""
OPAQUE = ".wh..wh..opq"
"""In a folder that hides all that lies below it."""
