"""Dockerfiles: text to instructions, to stages; patterns. Pure: nothing touches a file or a process."""
