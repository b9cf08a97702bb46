"""Second phase: interpolation, extends, include, merging of files."""
