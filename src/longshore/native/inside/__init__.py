"""What runs inside a container's namespaces: the steps from the bare clone to the service's own program, and pid 1."""
