"""Results as plain data and as JSON, and back: nothing is lost on the way, or it is refused by name.

The layout carries its name in ``"schema"``. Numbers that JSON lacks are the strings ``"inf"``, ``"-inf"`` and
``"nan"``; outcomes that JSON lacks are written as ``{"type": ..., "value": ...}``.
"""

import base64
import datetime
import json
import math
from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn, get_args

import numpy as np
from numpy.typing import NDArray

from kullback.errors import InvalidInputError, InvalidTypeError
from kullback.result import Bounded, Divergence, Error, Estimated, Exact, Note, Terms
from kullback.units import UNITS, Unit

__all__ = ["SCHEMA", "from_dict", "from_json", "to_dict", "to_json"]

SCHEMA: Final = "kullback.divergence/1"

_NOT_FINITE: Final = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def to_dict(result: Divergence) -> dict[str, Any]:
    """All of a result as dicts, lists, strings and numbers that strict JSON can hold.

    Raises
    ------
    InvalidTypeError
        If an outcome is of a type that cannot be stored and given back equal.
    """
    return {
        "schema": SCHEMA,
        "value": _from_float(result.value),
        "unit": result.unit,
        "method": result.method,
        "error": _from_error(result.error),
        "terms": None if result.terms is None else _from_terms(result.terms),
        "diagnostics": [
            {"code": note.code, "message": note.message, "outcomes": [*map(_from_outcome, note.outcomes)]}
            for note in result.diagnostics
        ],
        "names": list(result.names),
        "reverse": None if result.reverse is None else to_dict(result.reverse),
    }


def from_dict(data: Mapping[str, Any]) -> Divergence:
    """Give back the result that `to_dict` stored.

    Raises
    ------
    InvalidInputError
        If it is no stored result, its schema is unknown, or a part of it is missing or malformed.
    """
    fields = _mapping(data, "the stored result")
    schema = fields.get("schema")
    if schema != SCHEMA:
        raise InvalidInputError(
            f'"schema" is {schema!r}, and this version reads {SCHEMA!r}. Pass what to_dict() or to_json() '
            "wrote, or update kullback if a newer version wrote it."
        )
    names = _list(_get(fields, "names"), "names")
    if len(names) != 2:
        raise InvalidInputError(f'"names" has {len(names)} entries; there are two sides, p and q.')
    terms, reverse = _get(fields, "terms"), _get(fields, "reverse")
    return Divergence(
        value=_to_float(_get(fields, "value"), "value"),
        unit=_to_unit(_get(fields, "unit")),
        method=_string(_get(fields, "method"), "method"),
        error=_to_error(_get(fields, "error")),
        terms=None if terms is None else _to_terms(terms),
        diagnostics=tuple(map(_to_note, _list(_get(fields, "diagnostics"), "diagnostics"))),
        names=(_string(names[0], "names[0]"), _string(names[1], "names[1]")),
        reverse=None if reverse is None else from_dict(reverse),
    )


def to_json(result: Divergence, *, indent: int | None = None) -> str:
    """The result as strict JSON in ASCII, which every terminal and file encoding holds."""
    return json.dumps(to_dict(result), indent=indent, allow_nan=False)


def from_json(text: str) -> Divergence:
    """Give back the result that `to_json` stored.

    Raises
    ------
    InvalidInputError
        If the text is not strict JSON, or not a stored result.
    """
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"this is not JSON ({error}); pass what to_json() wrote.") from error
    return from_dict(data)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not in strict JSON")


# Numbers ---------------------------------------------------------------------------------------------------


def _from_float(x: float) -> float | str:
    value = float(x)
    return value if math.isfinite(value) else str(value)


def _to_float(x: object, where: str) -> float:
    if isinstance(x, str) and x in _NOT_FINITE:
        return _NOT_FINITE[x]
    if isinstance(x, (int, float)) and not isinstance(x, bool):
        try:
            return float(x)
        except OverflowError:
            pass
    raise InvalidInputError(f'"{where}" is {x!r}; it must be a number, "inf", "-inf" or "nan".')


# Errors, notes, units --------------------------------------------------------------------------------------


def _from_error(error: Error) -> dict[str, Any]:
    match error:
        case Exact(rounding):
            return {"kind": "exact", "rounding": _from_float(rounding)}
        case Bounded(lower, upper):
            return {"kind": "bounded", "lower": _from_float(lower), "upper": _from_float(upper)}
        case Estimated(std_error, interval, level):
            return {
                "kind": "estimated",
                "std_error": _from_float(std_error),
                "interval": [*map(_from_float, interval)],
                "level": _from_float(level),
            }


def _to_error(data: object) -> Error:
    fields = _mapping(data, "error")

    def field(name: str) -> float:
        return _to_float(_get(fields, name), f"error.{name}")

    match _get(fields, "kind"):
        case "exact":
            return Exact(field("rounding"))
        case "bounded":
            return Bounded(field("lower"), field("upper"))
        case "estimated":
            ends = [_to_float(x, "error.interval") for x in _list(_get(fields, "interval"), "interval")]
            if len(ends) != 2:
                raise InvalidInputError(f'"error.interval" has {len(ends)} entries; it has two ends.')
            return Estimated(field("std_error"), (ends[0], ends[1]), field("level"))
        case kind:
            raise InvalidInputError(f'"error.kind" is {kind!r}; it is "exact", "bounded" or "estimated".')


def _to_note(data: object) -> Note:
    fields = _mapping(data, "diagnostics")
    outcomes = tuple(map(_to_outcome, _list(_get(fields, "outcomes"), "outcomes")))
    code, message = (_string(_get(fields, name), name) for name in ("code", "message"))
    return Note(code, message, outcomes)


def _to_unit(unit: object) -> Unit:
    for known in UNITS:
        if unit == known:
            return known
    raise InvalidInputError(f'"unit" is {unit!r}; it is one of {", ".join(get_args(Unit))}.')


# Terms: one row per outcome, as tables of every kind like to read it ---------------------------------------


def _from_terms(terms: Terms) -> list[dict[str, Any]]:
    columns = (terms.p.tolist(), terms.q.tolist(), terms.contributions.tolist())
    return [
        {
            "outcome": _from_outcome(outcome),
            "p": _from_float(p),
            "q": _from_float(q),
            "contribution": _from_float(contribution),
        }
        for outcome, p, q, contribution in zip(terms.outcomes, *columns, strict=True)
    ]


def _to_terms(data: object) -> Terms:
    rows = [_mapping(row, "terms") for row in _list(data, "terms")]

    def column(name: str) -> NDArray[np.float64]:
        return np.array([_to_float(_get(row, name), f"terms.{name}") for row in rows], dtype=np.float64)

    outcomes = tuple(_to_outcome(_get(row, "outcome")) for row in rows)
    return Terms(outcomes, column("p"), column("q"), column("contribution"))


# Outcomes --------------------------------------------------------------------------------------------------


def _from_outcome(outcome: Hashable) -> Any:
    """An outcome as JSON; what JSON has no word for says its type."""
    x = _python_scalar(outcome)
    match x:
        case None | bool() | int() | str():
            return x
        case float():
            return x if math.isfinite(x) else {"type": "float", "value": str(x)}
        case bytes():
            return {"type": "bytes", "value": base64.b64encode(x).decode("ascii")}
        case tuple():
            return {"type": "tuple", "value": [_from_outcome(part) for part in x]}
        case Decimal():
            return {"type": "decimal", "value": str(x)}
        case datetime.datetime() if datetime.datetime.fromisoformat(x.isoformat()) == x:
            return {"type": "datetime", "value": x.isoformat()}
        case datetime.date() if not isinstance(x, datetime.datetime):
            return {"type": "date", "value": x.isoformat()}
    raise InvalidTypeError(
        f"the outcome {outcome!r} is a {type(outcome).__name__}, which the stored form cannot hold. Rename "
        "the outcomes to strings, numbers, dates, bytes, or tuples of these."
    )


def _python_scalar(outcome: Any) -> Any:
    """A NumPy scalar as Python's equal one; times that Python cannot hold stay, and are refused."""
    if not isinstance(outcome, np.generic):
        return outcome
    if isinstance(outcome, np.datetime64):
        fits = outcome == outcome.astype("datetime64[us]")  # False for NaT, which equals nothing
        own = outcome.item()
        return (outcome.astype("datetime64[us]").item() if isinstance(own, int) else own) if fits else outcome
    return outcome if isinstance(outcome, np.timedelta64) else outcome.item()


def _to_outcome(data: object) -> Hashable:
    if data is None or isinstance(data, (bool, int, float, str)):
        return data
    fields = _mapping(data, "outcome")
    kind, value = _get(fields, "type"), _get(fields, "value")
    if kind == "tuple":
        return tuple(map(_to_outcome, _list(value, "outcome")))
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise InvalidInputError(
            f"an outcome's type is {kind!r}; it is one of {', '.join([*_READERS, 'tuple'])}."
        )
    try:
        return read(_string(value, "outcome"))
    except (ValueError, InvalidOperation) as error:
        raise InvalidInputError(f"the outcome {value!r} is no {kind} ({error}).") from error


def _to_bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


_READERS: Final[dict[str, Callable[[str], Hashable]]] = {
    "float": float,
    "bytes": _to_bytes,
    "decimal": Decimal,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
}


# The shapes of things that were read -----------------------------------------------------------------------


def _mapping(x: object, where: str) -> Mapping[str, Any]:
    if not isinstance(x, Mapping):
        raise InvalidInputError(f"{where} is {x!r}; it must be a mapping, as to_dict() writes it.")
    return x


def _list(x: object, where: str) -> list[Any]:
    if not isinstance(x, (list, tuple)):
        raise InvalidInputError(f'"{where}" is {x!r}; it must be a list, as to_dict() writes it.')
    return list(x)


def _string(x: object, where: str) -> str:
    if not isinstance(x, str):
        raise InvalidInputError(f'"{where}" is {x!r}; it must be a string.')
    return x


def _get(fields: Mapping[str, Any], key: str) -> Any:
    try:
        return fields[key]
    except KeyError:
        raise InvalidInputError(
            f'"{key}" is missing; a stored result has all that to_dict() writes. Found: {", ".join(fields)}.'
        ) from None
