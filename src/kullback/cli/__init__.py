"""The command line: one file per command, each loaded when it is called.

Exit codes: 0 the question was answered (infinity is an answer), 1 a gate failed, 2 the question or its input
could not be understood. Answers go to standard output, everything else to standard error.
"""

import errno
import sys
import traceback
from typing import Any, Final

import click

from kullback import __version__
from kullback._lazy import resolve
from kullback.cli.output import forget_stdout, tolerate_any_text
from kullback.errors import KullbackError

__all__ = ["main"]

_COMMANDS: Final = {
    "bits": "kullback.cli.bits:bits",
    "compare": "kullback.cli.compare:compare",
    "completion": "kullback.cli.completion:completion",
}

_EXAMPLES: Final = """\b
Examples:
  kullback compare 0.5,0.3,0.2 0.4,0.4,0.2
  kullback compare english.txt french.txt --unit bits --direction both
  kullback bits english.txt french.txt
"""

_INTERRUPTED: Final = 130  # what shells say of a program that Ctrl-C ended: 128 + SIGINT


class _Refusal(click.ClickException):
    """An input that no answer can be given for: one message, and exit code 2."""

    exit_code = 2


class _Commands(click.Group):
    """Commands that are imported when they are used, and errors that end in a message and a code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = resolve(_COMMANDS[cmd_name])
        return command

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        tolerate_any_text()
        try:
            return super().make_context(*args, **kwargs)  # --help and --version print in here
        except BrokenPipeError:
            forget_stdout()
            raise click.exceptions.Exit(0) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (KeyboardInterrupt, click.Abort):
            click.echo(file=sys.stderr)  # closes the line in which the terminal shows ^C
            ctx.exit(_INTERRUPTED)
        except BrokenPipeError:
            forget_stdout()  # whoever read the output has seen enough; that is no failure
            ctx.exit(0)
        except Exception as error:
            if ctx.params["debug"]:
                traceback.print_exc()
                ctx.exit(_Refusal.exit_code)
            raise _Refusal(_in_one_message(error)) from error


def _in_one_message(error: Exception) -> str:
    if isinstance(error, KullbackError):
        return str(error)
    if isinstance(error, MemoryError):
        return "the input does not fit in memory."
    if isinstance(error, OSError) and error.errno is not None:
        target = f" {error.filename}" if error.filename is not None else ""
        hint = " (is the disk full?)" if error.errno == errno.ENOSPC else ""
        return f"cannot read or write{target}: {error.strerror}{hint}."
    return (
        f"{type(error).__name__}: {error}\nThis was not foreseen. To see where it happened, and to report "
        "it: kullback --debug COMMAND ..."
    )


@click.group(cls=_Commands, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s", prog_name="kullback")
@click.option("--debug", is_flag=True, help="On an error, show where in the program it happened.")
def main(debug: bool) -> None:
    """Kullback-Leibler divergence: how far apart two distributions are.

    Exit codes: 0 answered, 1 a gate failed (--fail-above), 2 the question or its input is not understood.
    """
