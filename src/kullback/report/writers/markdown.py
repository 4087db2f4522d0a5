"""Worked steps as Markdown with a table (GitHub, Jupyter, documentation)."""

import re
from collections.abc import Iterable

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
from kullback.report.writers import text

__all__ = ["write"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&|#~^!])")


def write(blocks: Iterable[Block]) -> str:
    """Write the steps as Markdown."""
    return "\n\n".join(map(_block, blocks))


def _inline(prose: Prose) -> str:
    return "".join(map(_part, prose))


def _part(part: str | Number | Name | Code | Math) -> str:
    match part:
        case Math(symbols):
            return _inline(symbols)
        case Name(name):
            return _escaped(text.name(name))
        case Code(code):
            return f"`{code}`"
        case _:
            return _escaped(str(part))


def _escaped(words: str) -> str:
    """Words that mean only themselves; a dollar sign would start mathematics wherever MathJax is at work."""
    return _SPECIAL.sub(r"\\\1", words).replace("$", "<code>&#36;</code>")


def _block(block: Block) -> str:
    match block:
        case Formula(math):
            return _inline((math,))
        case Conclusion(math):
            return f"**{_inline((math,))}**"
        case Paragraph(prose):
            return _inline(prose)
        case Derivation(heads, expression, rows, total):
            head = f"| {heads} | {_inline((expression,))} | | |\n|:--|:--|:--|:--|"
            return "\n".join([head, *(_row(row) for row in (*rows, total))])


def _row(row: Row) -> str:
    product, factor = (_inline(row.expressions[i : i + 1]) for i in (0, 1))
    cells = (_inline(row.head), product, factor and f"= {factor}", f"{row.relation} {row.value}")
    return f"| {' | '.join(cells)} |"
