"""Readers of the event stream: progress on a terminal, plain lines, JSON; tables, logs and explanations."""
