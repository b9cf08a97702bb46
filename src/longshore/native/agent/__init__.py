"""The agent: one process per project that supervises its services. `python -m longshore.native.agent`."""
