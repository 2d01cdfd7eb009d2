"""`python -m aethermart`."""

from aethermart.cli.main import main

main()
