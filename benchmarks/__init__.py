"""Benchmarks: one runnable module per claim. Each prints a table and, with --json, one JSON object."""
