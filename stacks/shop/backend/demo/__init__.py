"""Something to look at: a catalogue with pictures that are drawn by code. Of development only; no image carries it."""
