"""`--fresh`: a copy of the project with names, ports, volumes and sources of its own, of which nothing remains."""
