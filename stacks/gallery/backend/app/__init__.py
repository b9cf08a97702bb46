"""Max Photo Gallery: the back end."""
