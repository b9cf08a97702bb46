"""How each kind of data is kept and restored: a class each, by the same three verbs."""
