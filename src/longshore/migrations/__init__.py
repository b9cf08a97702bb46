"""Migrations of databases as files: read without a database and without running any of them."""
