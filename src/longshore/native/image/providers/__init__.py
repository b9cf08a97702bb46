"""The images that the native engine stands in for: one module each, listed in catalog/registry.py."""
