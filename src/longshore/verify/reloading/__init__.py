"""A change of source code that the running service has to show, and its way back."""
