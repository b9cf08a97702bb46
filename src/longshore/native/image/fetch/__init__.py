"""What does not come from Debian: pinned files and their archives."""
