"""Worked steps as plain text, in columns of a fixed-width font."""

import textwrap
from collections.abc import Iterable

from kullback.report.labels import display_width, has_right_to_left
from kullback.report.numbers import Number, at_the_point
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

__all__ = ["inline", "name", "write"]

_WIDTH = 88
#: An invisible letter that is written from left to right: it keeps numbers beside a Hebrew name in place.
_LEFT_TO_RIGHT = "\u200e"


def write(blocks: Iterable[Block]) -> str:
    """Write the steps as plain text."""
    return "\n\n".join(map(_block, blocks))


def inline(prose: Prose) -> str:
    """Write a sentence, or part of one, as plain text."""
    return "".join(map(_part, prose))


def name(text: str) -> str:
    """Write a name so that its direction does not spread to what stands beside it."""
    return f"{_LEFT_TO_RIGHT}{text}{_LEFT_TO_RIGHT}" if has_right_to_left(text) else text


def _part(part: str | Number | Name | Code | Math) -> str:
    match part:
        case Math(symbols):
            return inline(symbols)
        case Name(text):
            return name(text)
        case Code(text):
            return text
        case _:
            return str(part)


def _block(block: Block) -> str:
    match block:
        case Formula(math) | Conclusion(math):
            return inline((math,))
        case Paragraph(prose):
            return textwrap.fill(inline(prose), _WIDTH, break_long_words=False, break_on_hyphens=False)
        case Derivation():
            return _derivation(block)


def _derivation(block: Derivation) -> str:
    """The columns outcome, p · log(p/q), p · ratio, and the part, lined up at its decimal point."""
    rows = (*block.rows, block.total)
    values = at_the_point(row.value for row in rows)
    heads = _left([block.heads, *(inline(row.head) for row in rows)])
    products = _left([inline((block.expression,)), *(_expression(row, 0) for row in rows)])
    factors = _left([_expression(row, 1) for row in rows])
    lines = [f"  {heads[0]}  {products[0]}".rstrip()]
    for row, head, product, factor, value in zip(rows, heads[1:], products[1:], factors, values, strict=True):
        second = f"= {factor}" if factor.strip() else f"  {factor}"
        lines.append(f"  {head}  {product} {second} {row.relation} {value}".rstrip())
    lines.insert(-1, "  " + "─" * (max(map(display_width, lines)) - 2))
    return "\n".join(lines)


def _expression(row: Row, i: int) -> str:
    return inline((row.expressions[i],)) if i < len(row.expressions) else ""


def _left(cells: list[str]) -> list[str]:
    width = max(map(display_width, cells), default=0)
    return [cell + " " * (width - display_width(cell)) for cell in cells]
