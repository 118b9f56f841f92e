"""The launcher for a checkout: ``python cli.py check ...`` is ``archdsl check ...``."""

from archdsl.cli import main

if __name__ == "__main__":
    main()
