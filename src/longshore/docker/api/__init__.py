"""The Engine API: connection, HTTP, streams, versions; nothing of Compose."""
