"""Which images the native engine can stand in for, and by which provider."""
