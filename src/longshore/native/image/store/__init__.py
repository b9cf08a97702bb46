"""The image cache and what is in it."""
