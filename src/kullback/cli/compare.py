"""``kullback compare A B``: D(A ‖ B) between typed numbers, files and standard input."""

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from kullback.cli.inputs import FORMATS, MEANINGS
from kullback.cli.output import on_terminal, write
from kullback.errors import InvalidInputError
from kullback.units import UNITS

if TYPE_CHECKING:
    from kullback.cli.inputs.found import Named, Reading
    from kullback.result import Divergence, Note

__all__ = ["compare"]

_NEGATIVE: Final = re.compile(r"-(\d|\.\d|inf|nan|:)", re.IGNORECASE)


#: Each is executed by a test, so that it stays true.
_EXAMPLES: Final = """\b
Examples:
  kullback compare 0.5,0.3,0.2 0.4,0.4,0.2 --explain
  kullback compare a=1/2,b=1/2 a=1/3,b=2/3 --unit bits --direction both
  kullback compare english.txt french.txt --letters --lowercase --unit bits
  kullback compare sales.csv:2023 sales.csv:2024 --fail-above 0.01 --plot sales.png
  kullback compare --as logits teacher.npy student.npy --json
  kullback compare "normal(0, 1)" "student_t(3)" --direction both
  kullback compare "gamma(concentration=2, rate=1.5)" "lognormal(0, 1)"
  cut -f3 events.tsv | kullback compare - expected.json --smooth 0.5
"""


class _TakesNegativeNumbers(click.Command):
    """Lets ``-1.5,0.2`` and ``-:column`` be inputs; no option's name begins like them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {arg}" if _NEGATIVE.match(arg) else arg for arg in args])


def _files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(incomplete, type="file")]


def _finite(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number.", ctx, param)
    return value


@click.command(
    cls=_TakesNegativeNumbers, short_help="Say how far apart two distributions are.", epilog=_EXAMPLES
)
@click.argument("a", shell_complete=_files)
@click.argument("b", shell_complete=_files)
@click.option("--unit", type=click.Choice(UNITS), default="nats", show_default=True)
@click.option(
    "--direction",
    type=click.Choice(["forward", "reverse", "both"]),
    default="forward",
    show_default=True,
    help="D(A ‖ B), D(B ‖ A), or both.",
)
@click.option("--explain", is_flag=True, help="Write out every step of the calculation.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
@click.option("--plot", metavar="FILE", shell_complete=_files, help="Draw the terms (.png, .svg, .pdf).")
@click.option(
    "--fail-above",
    metavar="X",
    type=click.FloatRange(min=0),
    callback=_finite,
    help="Exit with code 1 if the divergence is above X, in the unit.",
)
@click.option("--as", "meaning", type=click.Choice(MEANINGS), help="What the values of A and B are.")
@click.option("--as-a", type=click.Choice(MEANINGS), help="What A's values are.")
@click.option("--as-b", type=click.Choice(MEANINGS), help="What B's values are.")
@click.option(
    "--smooth",
    metavar="ALPHA",
    type=click.FloatRange(min=0, min_open=True),
    callback=_finite,
    help="Add ALPHA to every count, so that none is zero.",
)
@click.option("--column", metavar="NAME", help="The column or array of both files; or FILE:NAME for one.")
@click.option("--labels", metavar="NAME", help="The column that names the outcomes.")
@click.option("--header/--no-header", default=None, help="Whether the first row of a CSV names its columns.")
@click.option("--format", "file_format", type=click.Choice(FORMATS), help="The format of files and of -.")
@click.option("--letters", is_flag=True, help="Count only the letters of texts.")
@click.option("--lowercase", is_flag=True, help="Count capital and small letters of texts as the same.")
@click.option("--method", metavar="NAME", help="A method by name, instead of the default.")
@click.option("--names", nargs=2, metavar="A B", default=("A", "B"), help="What to call A and B.")
@click.pass_context
def compare(
    ctx: click.Context,
    a: str,
    b: str,
    *,
    unit: str,
    direction: str,
    explain: bool,
    as_json: bool,
    plot: str | None,
    fail_above: float | None,
    as_a: str | None,
    as_b: str | None,
    meaning: str | None,
    smooth: float | None,
    column: str | None,
    labels: str | None,
    header: bool | None,
    file_format: str | None,
    letters: bool,
    lowercase: bool,
    method: str | None,
    names: tuple[str, str],
) -> None:
    """How far is A from B? Prints D(A ‖ B): what it costs to take B for A.

    A and B are numbers, labelled numbers, or files: CSV, TSV, JSON, NPY, NPZ, Parquet, or a text, whose
    characters are counted. FILE:NAME is a column or an array, and - is standard input. Labelled outcomes are
    matched by name. Or both are named distributions, such as normal(0, 1), with PyTorch's parameters in its
    order.
    """
    from kullback.api import compare as answer
    from kullback.cli.inputs.read import Request, read

    _check_options(a, b, as_json=as_json, explain=explain)
    first, second = (
        read(
            Request(
                text.lstrip(), specific or meaning, file_format, column, labels, header, letters, lowercase
            )
        )
        for text, specific in ((a, as_a), (b, as_b))
    )
    if (letters or lowercase) and not any(getattr(side, "text", False) for side in (first, second)):
        raise InvalidInputError("--letters and --lowercase are about texts, and neither input is a text.")
    asked = _asked(first, second, smooth)
    result = answer(
        asked.p,
        asked.q,
        unit=unit,  # type: ignore[arg-type]  # click has checked it against UNITS
        direction=direction,  # type: ignore[arg-type]  # click has checked it
        method=method,
        names=names,
    )
    said = tuple(f"{name}: {sentence}" for name, sentence in zip(names, asked.said, strict=True))
    if plot is not None:
        _draw(result, plot)
    if as_json:
        write(_with_inputs(result, said).to_json())
    else:
        drawn = () if plot is None else (f"Drawn in {plot}",)
        _show(result, (*said, *asked.notes), (*_way_out(result, asked), *drawn), explain=explain)
    if fail_above is not None:
        _gate(ctx, result, fail_above)


def _check_options(a: str, b: str, *, as_json: bool, explain: bool) -> None:
    if a.lstrip().split(":")[0] == b.lstrip().split(":")[0] == "-":
        raise InvalidInputError("standard input can be read only once; give a file for A or for B.")
    if as_json and explain:
        raise InvalidInputError("--json prints JSON and nothing else; leave --explain or --json away.")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is compared, the sentences on how it was read, and a note on how its outcomes are matched."""

    p: object
    q: object
    said: tuple[str, str]
    notes: tuple[str, ...] = ()


def _asked(first: "Reading | Named", second: "Reading | Named", smooth: float | None) -> _Asked:
    """Take two named distributions, or two inputs whose outcomes can be listed."""
    from kullback.cli.inputs.found import Named
    from kullback.cli.inputs.smoothing import smoothed

    if isinstance(first, Named) and isinstance(second, Named):
        if smooth is not None:
            raise InvalidInputError(
                "--smooth adds to counts, and named distributions have none; leave it away."
            )
        return _Asked(first.record, second.record, (first.said, second.said))
    if isinstance(first, Named) or isinstance(second, Named):
        raise InvalidInputError(
            f"one input is a named distribution and the other is not ({first.said}; {second.said}); "
            "two named ones can be compared, or two lists of outcomes."
        )
    _check_pair(first, second)
    if smooth is not None:
        first, second = smoothed((first, second), smooth)
    return _Asked(first.measure, second.measure, (first.said, second.said), _matched(first, second))


def _check_pair(first: "Reading", second: "Reading") -> None:
    """Refuse to match what was counted, in the order in which it happened to appear, with bare positions."""
    for counted, other in ((first, second), (second, first)):
        if counted.counted and other.measure.labels is None:
            raise InvalidInputError(
                f"one input has labels ({counted.said}) and the other has none ({other.said}), so their "
                "outcomes cannot be matched. Label the numbers too: a=0.5,b=0.5, or a CSV with labels."
            )


def _matched(first: "Reading", second: "Reading") -> tuple[str, ...]:
    labelled = [side for side in (first, second) if side.measure.labels is not None]
    return (
        ("Only one of the two has labels: outcomes are matched by position.",) if len(labelled) == 1 else ()
    )


def _way_out(result: "Divergence", asked: _Asked) -> tuple[str, ...]:
    """Say how to make an infinite answer between counts finite."""
    from kullback.measures import Counts

    infinite = any(note.code == "infinite" for note in _notes(result))
    counts = any(isinstance(side, Counts) for side in (asked.p, asked.q))
    return ("To give every outcome a positive probability, add --smooth 0.5.",) if infinite and counts else ()


def _with_inputs(result: "Divergence", said: tuple[str, ...]) -> "Divergence":
    """Keep how the inputs were read with the answer."""
    from kullback.result import Note

    return replace(result, diagnostics=(*(Note("input", sentence) for sentence in said), *result.diagnostics))


def _draw(result: "Divergence", path: str) -> None:
    try:
        result.plot(path)
    except OSError as error:
        raise InvalidInputError(f"--plot {path} cannot be written: {error.strerror}.") from error


def _show(result: "Divergence", before: tuple[str, ...], after: tuple[str, ...], *, explain: bool) -> None:
    if explain:
        answer = result.explain()
    elif on_terminal():
        answer = _drawn_by_rich(result)
    else:
        answers = [replace(result, reverse=None), result.reverse]
        answer = "\n".join([*(str(x) for x in answers if x is not None), *_worth_saying(result)])
    write("\n".join((*before, answer.rstrip("\n"), *after)))


def _worth_saying(result: "Divergence") -> list[str]:
    """The notes that the line of the answer does not hold already."""
    return [note.message for note in _notes(result) if note.code != "infinite" or not note.outcomes]


def _notes(result: "Divergence") -> "list[Note]":
    """The notes of both directions, each once."""
    both = result.diagnostics if result.reverse is None else result.diagnostics + result.reverse.diagnostics
    return list({(note.code, note.outcomes): note for note in reversed(both)}.values())[::-1]


def _drawn_by_rich(result: "Divergence") -> str:
    from rich.console import Console

    console = Console()
    with console.capture() as captured:
        console.print(result)
    text: str = captured.get()
    return text


def _gate(ctx: click.Context, result: "Divergence", limit: float) -> None:
    above = [r for r in (result, result.reverse) if r is not None and not r.value <= limit]
    for r in above:
        click.echo(
            f"Gate failed: D({r.names[0]} ‖ {r.names[1]}) = {r.value:.6g} {r.unit} is above {limit:g}.",
            err=True,
        )
    if above:
        ctx.exit(1)
