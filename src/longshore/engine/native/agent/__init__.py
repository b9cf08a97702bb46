"""The agent: one process per project that supervises its services. `python -m longshore.engine.native.agent`."""
