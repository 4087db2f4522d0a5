"""Worked steps as LaTeX with amsmath, in a subset that KaTeX and MathJax read too."""

import re
from collections.abc import Iterable
from typing import Final

from kullback.report.numbers import Number
from kullback.report.records import (
    Block,
    Code,
    Conclusion,
    Derivation,
    Formula,
    Math,
    Name,
    Paragraph,
    Prose,
    Row,
)

__all__ = ["write"]

_SYMBOLS: Final = {
    "Σ": r"\sum_x",
    "‖": r"\parallel",
    "·": r"\cdot",
    "≈": r"\approx",
    "∞": r"\infty",
    "ln": r"\ln",
    "log₂": r"\log_2",
    "log₁₀": r"\log_{10}",
    "log": r"\log",
    "nats": r"\text{nats}",
    "bits": r"\text{bits}",
    "bans": r"\text{bans}",
}
_SYMBOL = re.compile(r"\s*(" + "|".join(map(re.escape, _SYMBOLS)) + r")(\s*)")

#: Characters that act in LaTeX, and those that would join with their neighbours (-- , `` , '' , ?`).
_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "|": r"\textbar{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "-": "-{}",
    "`": "`{}",
    "'": "'{}",
    "…": r"\ldots{}",
}
_ACTING: Final = re.compile("|".join(map(re.escape, _SPECIAL)))


def write(blocks: Iterable[Block]) -> str:
    """Write the steps as LaTeX."""
    return "\n\n".join(map(_block, blocks))


def _math(math: Math) -> str:
    return "".join(map(_symbol, math.symbols)).strip()


def _symbol(symbol: str | Number | Name) -> str:
    match symbol:
        case Number():
            return _number(symbol)
        case Name(text):
            return rf"\text{{{_escaped(text)}}}"
        case _:
            return re.sub(" +", " ", _SYMBOL.sub(_command, symbol))


def _command(found: re.Match[str]) -> str:
    command = _SYMBOLS[found[1]]
    return (r"\ " if command.startswith(r"\text") else " ") + command + (" " if found[2] else "")


def _number(value: Number) -> str:
    digits = value.digits.replace("inf", r"\infty").replace("nan", r"\text{NaN}")
    return digits + (rf" \times 10^{{{value.exponent}}}" if value.exponent else "")


def _prose(prose: Prose) -> str:
    return "".join(map(_part, prose))


def _part(part: str | Number | Name | Code | Math) -> str:
    match part:
        case Math():
            return f"${_math(part)}$"
        case Number():
            return f"${_number(part)}$"
        case Name(text):
            return _escaped(text)
        case Code(text):
            return rf"\texttt{{{_escaped(text)}}}"
        case _:
            return _escaped(part)


def _escaped(text: str) -> str:
    return _ACTING.sub(lambda found: _SPECIAL[found[0]], text)


def _block(block: Block) -> str:
    match block:
        case Formula(math):
            return f"\\[\n{_math(math)}\n\\]"
        case Conclusion(math):
            return f"\\[\n\\boxed{{{_math(math)}}}\n\\]"
        case Paragraph(prose):
            return _prose(prose)
        case Derivation(_, _, rows, total):
            lines = " \\\\\n".join([*map(_row, rows), r"\hline " + _row(total)])
            return f"\\[\n\\begin{{array}}{{llll}}\n{lines}\n\\end{{array}}\n\\]"


def _row(row: Row) -> str:
    product, factor = (_math(row.expressions[i]) if i < len(row.expressions) else "" for i in (0, 1))
    head = "".join(_symbol(part) if isinstance(part, Name) else rf"\text{{{part}}}" for part in row.head)
    relation = r"\approx" if row.relation == "≈" else "="
    sign = "" if row.value.negative else r"\phantom{-}"
    return f"{head} & {product} & {factor and '= ' + factor} & {relation} {sign}{_number(row.value)}"
