"""`shore backup` and `shore restore`: data of a running stack, kept by restic with what is needed to prove it whole."""
