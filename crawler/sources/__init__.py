"""Sources: how an outlet's entries are had. One file or folder a kind."""
