"""``kullback completion``: what a shell needs so that Tab completes commands, options and files."""

from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from kullback.cli.output import write

__all__ = ["completion"]

_SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "fish": FishComplete, "zsh": ZshComplete}


_SETUP: Final = """\b
bash  add to ~/.bashrc:  eval "$(kullback completion bash)"
zsh   add to ~/.zshrc:   eval "$(kullback completion zsh)"
fish  run once:          kullback completion fish > ~/.config/fish/completions/kullback.fish
"""


@click.command(short_help="Print the script that makes a shell complete this command.", epilog=_SETUP)
@click.argument("shell", type=click.Choice(sorted(_SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete commands, options and file names."""
    root = ctx.find_root().command
    # Not source(), which would first start bash to ask for its version: the script may be for elsewhere.
    script = _SHELLS[shell](root, {}, "kullback", "_KULLBACK_COMPLETE")
    write(script.source_template % script.source_vars())
