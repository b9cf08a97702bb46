"""Registries of images, as the OCI Distribution Specification and Docker's registries speak: a client for every engine
that has none of its own."""
