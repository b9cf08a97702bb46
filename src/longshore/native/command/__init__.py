"""What runs in a command's own process: a client of the agent, and what is looked at before anything starts."""
