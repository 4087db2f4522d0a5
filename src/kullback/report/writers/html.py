"""Worked steps as an HTML fragment that styles itself, for light and dark pages."""

from collections.abc import Iterable
from html import escape

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

# Only the page's own colours, or a half-transparent grey between them: right on light and on dark ground.
_LINE = "1px solid rgba(128,128,128,.5)"
_CELL = "padding:.15em .8em .15em 0;text-align:left;border:0;background:none"


def write(blocks: Iterable[Block]) -> str:
    """Write the steps as HTML; the classes keep MathJax away from dollar signs in names."""
    inside = "\n".join(map(_block, blocks))
    return (
        '<div class="kullback tex2jax_ignore mathjax_ignore" dir="ltr" '
        f'style="color:inherit;line-height:1.5;max-width:60em">\n{inside}\n</div>'
    )


def _inline(prose: Prose) -> str:
    return "".join(map(_part, prose))


def _part(part: str | Number | Name | Code | Math) -> str:
    match part:
        case Math(symbols):
            return f'<span style="white-space:nowrap">{_inline(symbols)}</span>'
        case Name(name):
            return f"<bdi>{escape(name)}</bdi>"
        case Code(code):
            return f"<code>{escape(code)}</code>"
        case Number(digits, exponent) if exponent:
            return f"{Number(digits)}×10<sup>{str(exponent).replace('-', '−')}</sup>"
        case _:
            return escape(str(part))


def _block(block: Block) -> str:
    match block:
        case Formula(math):
            return f"<p>{_inline((math,))}</p>"
        case Conclusion(math):
            return f"<p><strong>{_inline((math,))}</strong></p>"
        case Paragraph(prose):
            return f"<p>{_inline(prose)}</p>"
        case Derivation(heads, expression, rows, total):
            head = _line((escape(heads), _inline((expression,)), "", ""), "th", f"border-bottom:{_LINE}")
            body = [_row(row) for row in rows]
            foot = _row(total, f"border-top:{_LINE}")
            lines = "\n".join(
                ["<thead>", head, "</thead>", "<tbody>", *body, "</tbody>", "<tfoot>", foot, "</tfoot>"]
            )
            return (
                '<table style="border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:inherit;'
                f'margin:.5em 0">\n{lines}\n</table>'
            )


def _row(row: Row, style: str = "") -> str:
    product, factor = (_inline(row.expressions[i : i + 1]) for i in (0, 1))
    value = f"{row.relation} {_aligned(row.value)}"
    return _line((_inline(row.head), product, factor and f"= {factor}", value), "td", style)


def _aligned(value: Number) -> str:
    """A number that takes the room of a minus sign where it has none."""
    sign = "" if value.negative else '<span style="visibility:hidden">−</span>'
    return sign + _part(value)


def _line(cells: tuple[str, ...], tag: str, style: str) -> str:
    inside = "".join(f'<{tag} style="{_CELL};{style}">{cell}</{tag}>' for cell in cells)
    return f'<tr style="background:none">{inside}</tr>'
