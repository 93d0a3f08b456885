"""Sources: how an outlet's entries are had. `base` says what a kind of source is; each kind is one file, found by entry point."""
