"""Channels, notifications and attempts: queries."""
