"""`make strings` brings the catalogues to the program's strings; `--check`, which `make lint` runs, says what they lack."""

from __future__ import annotations

import sys

from tests.catalogues.messages import TRANSLATED, faults, program, update


def main(arguments: list[str]) -> int:
    """Return the exit code."""
    strings = program()
    if "--check" not in arguments:
        for code in TRANSLATED:
            update(code, strings)
    found = [fault for code in TRANSLATED for fault in faults(code, strings)]
    print(*found, f"{len(strings)} strings; {len(found)} faults in the catalogues", sep="\n")
    return 1 if found and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
