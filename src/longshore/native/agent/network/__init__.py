"""The project's networks: addresses, bridges, names, and the ways in and out."""
