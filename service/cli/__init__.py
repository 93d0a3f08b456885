"""The command line: `tocsin`. One file a group of commands; each only asks, calls and prints."""

from __future__ import annotations


def main() -> None:
    """Run the command that the arguments name."""
    # Imported here and not above: the pool's workers import what the script `tocsin` does, and need nothing of this. It is
    # 110 MB and a second and a half of CPU in each.
    from service.cli.app import main as run

    run()
