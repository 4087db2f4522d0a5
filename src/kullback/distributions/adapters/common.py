"""What adapters share: tables from classes to conversions, and attributes that are called alike."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from kullback.distributions.adapters import as_record
from kullback.distributions.arithmetic import Array
from kullback.distributions.families.combined import Independent, Mixture
from kullback.distributions.record import Distribution

__all__ = ["Convert", "alike", "convert", "expanded", "independent", "unchanged"]

Convert = Callable[[Any], Distribution | None]


def convert(x: Any, table: Mapping[type, Convert]) -> Distribution | None:
    """What the table makes of `x` by its class, or by the nearest class that it is derived from."""
    found = next((table[cls] for cls in type(x).__mro__ if cls in table), None)
    return None if found is None else found(x)


def unchanged(x: Array) -> Array:
    """The array itself."""
    return x


def alike(
    family: type[Distribution], as_array: Callable[[Any], Array] = unchanged, **other: str
) -> Callable[[Any], Distribution]:
    """Convert a class whose attributes are called as the record's fields are, but for `other` names."""
    names = {f.name: other.get(f.name, f.name) for f in fields(family)}
    return lambda d: family.trusted(**{name: as_array(getattr(d, own)) for name, own in names.items()})


def independent(base: Any, dims: int) -> Distribution:
    """The record of another library's distribution, whose last batch axes become axes of one draw."""
    record = as_record(base)
    return Independent(record, dims) if dims else record


def expanded(record: Distribution, shape: tuple[int, ...]) -> Distribution:
    """The same distribution for every entry of a larger batch."""
    xp = record.xp
    new: dict[str, Any] = {f.name: getattr(record, f.name) for f in fields(record)}
    for f in fields(record):
        value = new[f.name]
        if value is not None and "rule" in f.metadata:
            event = tuple(value.shape)[value.ndim - f.metadata["event"] :]
            new[f.name] = xp.broadcast_to(value, shape + event)
        elif isinstance(value, Distribution):
            new[f.name] = expanded(value, shape + _hidden(record))
    return type(record).trusted(**new)


def _hidden(record: Distribution) -> tuple[int, ...]:
    """The batch axes of a component that are no batch axes of the record."""
    if isinstance(record, Independent):
        return record.base.batch_shape[len(record.batch_shape) :]
    return (int(record.weights.shape[-1]),) if isinstance(record, Mixture) else ()
