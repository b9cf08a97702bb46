"""Real images: pulled from a registry, unpacked into the cache, read from and written to archives."""
