"""Queries, one module for each thing that is asked for. They take a session and the time; they never commit."""
