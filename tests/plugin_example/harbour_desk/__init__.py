"""A desk's own plugins for Tocsin, one of each kind."""
