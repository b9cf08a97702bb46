"""Everything that would go wrong, found before anything starts."""
