"""`tocsin demo`: the service itself, over sample outlets and receivers on loopback."""
