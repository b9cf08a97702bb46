"""A mail server for development: takes every mail, delivers none, shows them on a page and as JSON."""
