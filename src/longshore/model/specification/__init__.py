"""The Compose Specification's attributes as data."""
