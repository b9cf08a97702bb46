"""`shore verify`: criteria that a stack must meet, tried on the live stack, with what was seen as evidence."""
