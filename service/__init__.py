"""Assembles the others: settings, command line, the running process, web pages and API."""
