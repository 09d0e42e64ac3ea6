"""``python -m archspec``, and the command ``archspec``."""

import sys


def main() -> None:
    """Run the command line. Ctrl-C is no traceback, not even before the commands are there."""
    try:
        from archspec.cli import app

        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
