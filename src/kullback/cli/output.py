"""What leaves the program: text on standard output, whoever reads it and whatever they can display."""

import os
import sys
from typing import TextIO

import click

__all__ = ["forget_stdout", "on_terminal", "tolerate_any_text", "write"]


def write(text: str) -> None:
    """Print an answer. A reader that has seen enough (``| head``) is no failure, and changes no exit code."""
    try:
        click.echo(text)
    except BrokenPipeError:
        forget_stdout()
    except OSError:
        forget_stdout()  # or the interpreter tries, and fails, to write the rest when it ends
        raise


def on_terminal() -> bool:
    """Say whether a person is looking, rather than a file or another program."""
    return sys.stdout is not None and sys.stdout.isatty()


def forget_stdout() -> None:
    """Send what is still to be printed nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def tolerate_any_text() -> None:
    """Print what the terminal's encoding lacks (a ‖, a label) as an escape instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            _escaping(stream)


def _escaping(stream: TextIO) -> None:
    stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]  # checked by the caller
