"""Spiders of our desk."""
