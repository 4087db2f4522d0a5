"""JSON: a list of numbers, an object ``{label: number}``, or a list of symbols to be counted."""

import json
from collections import Counter
from typing import Any, Final

from kullback.cli.inputs.found import Found, counted
from kullback.cli.inputs.numbers import numbers
from kullback.errors import InvalidInputError, LabelError

__all__ = ["read_json"]

_WAY_OUT: Final = 'a list [0.5, 0.5], an object {"a": 0.5, "b": 0.5}, or a list of texts to count'
_RESULT_KEYS: Final = {"value", "unit", "method", "error"}


class _Literal(str):
    """A number as it stands in the file, to be read by the one rule for numbers."""


def read_json(text: str, name: str) -> Found:
    """Read values, with labels if they stand in an object.

    Raises
    ------
    InvalidInputError
        If the text is not JSON, or holds something else than one list or object of numbers.
    """
    try:
        data = json.loads(
            text, parse_int=_Literal, parse_float=_Literal, parse_constant=_constant, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"{name} is not JSON: {error.msg} (line {error.lineno}, column {error.colno}). If "
            "it is something else, say what: --format text, or csv, ..."
        ) from None
    except LabelError as error:
        raise LabelError(f"{name}: {error}") from None
    except RecursionError:
        raise InvalidInputError(f"{name} is nested too deeply; the values must be {_WAY_OUT}.") from None
    if isinstance(data, dict):
        if data.keys() >= _RESULT_KEYS:
            raise InvalidInputError(
                f"{name} holds a result of kullback, not a distribution; compare what it was computed from."
            )
        cells, labels = list(data.values()), tuple(data)
    elif isinstance(data, list):
        cells, labels = data, None
    else:
        raise InvalidInputError(f"{name} holds {_kind(data)}; the values must be {_WAY_OUT}.")
    if labels is None and cells and all(isinstance(x, str) and not isinstance(x, _Literal) for x in cells):
        return counted(cells, "symbols", name)
    return _values(cells, labels, name)


def _values(cells: list[Any], labels: tuple[str, ...] | None, name: str) -> Found:
    for i, cell in enumerate(cells):
        if not isinstance(cell, _Literal):
            at = repr(labels[i]) if labels is not None else f"entry {i}"
            raise InvalidInputError(
                f"{name}: {at} is {_kind(cell)}, not a number; the file must be {_WAY_OUT}."
            )
    values, whole = numbers(cells, name)
    return Found(values, name, labels, whole=whole)


def _constant(text: str) -> _Literal:
    return _Literal(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is repeated, whose first value JSON readers otherwise drop without a word."""
    table = dict(pairs)
    if len(table) < len(pairs):
        again = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise LabelError(f"the object has the key {again!r} more than once; add its values up first.")
    return table


def _kind(cell: object) -> str:
    if isinstance(cell, _Literal):
        return "one number"
    match cell:
        case None:
            return "null"
        case bool():
            return "true" if cell else "false"
        case str():
            return f"the text {cell[:40]!r}"
        case list():
            return "a list"
        case _:
            return "an object"
