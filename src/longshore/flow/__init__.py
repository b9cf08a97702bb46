"""What a command does, without its command line: choose an engine, converge, explain failures."""
