"""What the garbage collector passes over."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import gc, weakref
from storage.memory import pass_over_what_lasts, passes_over

class Node:
    pass

def cycle():
    one = Node()
    one.self = one
    return weakref.ref(one)

lasting = [Node() for _ in range(1000)]
before = len(gc.get_objects())
unneeded = cycle()
assert not passes_over()
pass_over_what_lasts()
assert passes_over()
assert unneeded() is None  # collected first
assert len(gc.get_objects()) < before - 1000
later = cycle()
gc.collect()
assert later() is None
"""


def test_what_lasts_is_passed_over_and_garbage_after_it_is_collected() -> None:
    """In a process of its own: what this one holds is to be collected still."""
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)
