"""Outlets, feeds, hosts and entries: queries."""
