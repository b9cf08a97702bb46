"""What scripts/mutate is made of."""
