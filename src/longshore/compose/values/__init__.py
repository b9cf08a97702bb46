"""What stands in a file: trees with places, and single values as Go reads and writes them. Pure."""
