"""The command line: `tocsin`. One file a group of commands; each only asks, calls and prints."""

from service.cli.app import main

__all__ = ["main"]
