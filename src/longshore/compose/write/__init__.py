"""Printing a project as Docker Compose does, and its hashes."""
