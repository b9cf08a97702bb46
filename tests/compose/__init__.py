"""Reading Compose files."""
