"""Surveys: many addresses given at once are each looked at, and what was found is kept until somebody chooses."""
