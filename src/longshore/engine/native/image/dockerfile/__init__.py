"""Dockerfiles: text to instructions, instructions to stages, patterns. Pure: nothing here touches a file or a process."""
