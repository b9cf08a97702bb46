"""First phase: which files, their YAML, their variables."""
