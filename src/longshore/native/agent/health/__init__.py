"""Health checks as the agent carries them out."""
