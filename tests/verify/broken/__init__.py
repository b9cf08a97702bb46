"""A small sound stack, `parcels`, and variants of it with one fault each: verify names that one and no other."""
