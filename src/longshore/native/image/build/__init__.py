"""Carrying out a Dockerfile: each step cached by content, only the stages that the target needs."""
