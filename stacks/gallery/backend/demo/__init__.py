"""Pictures and people for a first look. Not part of the production image."""
