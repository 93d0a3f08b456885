"""What systemd is told: that the service is ready, that it is alive, that it ends (sd_notify(3), without its library)."""

from __future__ import annotations

import os
import socket
from datetime import timedelta


def tell_systemd(*states: str) -> bool:
    """Send states such as READY=1 to whoever started us; tells whether it listens. Raises `OSError` where the socket is gone."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):  # a name without a file
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.sendto("\n".join(states).encode(), address)
    return True


def watchdog_interval() -> timedelta | None:
    """Return how often systemd wants to hear that we live: half of `WatchdogSec`; None where it does not ask us."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return timedelta(microseconds=int(microseconds)) / 2 if microseconds.isdigit() else None
