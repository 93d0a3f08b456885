"""Newsletters by mail, the source `mail`: `mailbox` is asked for what is new, and `reading` makes entries of it."""
