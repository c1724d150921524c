"""`python -m morelli`, the same as `morelli`."""

from morelli.cli.main import main

main()
