"""Scripts that provider images carry."""
