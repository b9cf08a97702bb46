"""Against Docker Compose: its answers to files of our own, to files of others, and side by side where it is there."""
