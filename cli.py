"""The door from a checkout: ``python cli.py stats resnet50``."""

from archspec.cli import main

if __name__ == "__main__":
    main()
