"""Providers: a module each, that says what it stands in for and makes it."""
