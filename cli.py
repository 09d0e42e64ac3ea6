"""The door from a checkout: ``python cli.py stats resnet50``."""

from archspec.__main__ import main

if __name__ == "__main__":
    main()
