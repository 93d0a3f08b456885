"""Enriching: what more is known of an article that somebody watches for, told by plugins and stored with it."""
