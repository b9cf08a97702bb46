"""Fourth phase: canonical form, defaults, the types that Compose prints."""
