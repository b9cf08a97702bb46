"""The command line: the only part that prints and exits. One module a command, imported only when it is used."""
