"""Random inputs: no traceback, no hang."""
