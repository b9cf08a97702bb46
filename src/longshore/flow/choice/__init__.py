"""Which engine runs a project, and why."""
