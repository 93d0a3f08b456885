"""Users, sessions and tokens: queries."""
