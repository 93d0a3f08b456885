"""Spellings of a name that may be added as aliases: in other scripts, by other habits, near ones in the archive."""
