"""Politeness: what may be asked of a host, and when."""
