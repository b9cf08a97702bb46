"""One container under supervision: its process, streams, log, commands in it, and what it is told to be."""
