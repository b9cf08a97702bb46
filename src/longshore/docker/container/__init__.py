"""From a service to a container of the engine."""
