"""``python -m kullback`` is the command ``kullback``."""

from kullback.cli import main

if __name__ == "__main__":
    main(prog_name="kullback")
