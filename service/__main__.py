"""`python -m service` is `tocsin`."""

from service.cli import main

main()
