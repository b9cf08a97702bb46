"""Images of the engine: is it there, pull, build."""
