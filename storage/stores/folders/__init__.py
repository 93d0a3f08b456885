"""Folders: queries."""
