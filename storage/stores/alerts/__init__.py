"""Alerts, silences and dismissals: queries."""
