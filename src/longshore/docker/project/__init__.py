"""What belongs to a project on the engine: labels, networks, volumes, what is there."""
