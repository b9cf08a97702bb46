"""The same Compose file on a Docker Swarm: translated, planned, released as a whole or not at all."""
