"""Distributions of other libraries, as records: one file per library, loaded when it is met."""

from typing import Any, Final

from kullback._lazy import resolve
from kullback.distributions.record import Distribution
from kullback.errors import InvalidTypeError

__all__ = ["ADAPTERS", "as_record"]

#: The library that an object's class comes from -> the function that makes a record of it. A function returns
#: None for objects that it does not know.
ADAPTERS: Final[dict[str, str]] = {
    "distrax": "kullback.distributions.adapters.distrax:to_record",
    "numpyro": "kullback.distributions.adapters.numpyro:to_record",
    "scipy": "kullback.distributions.adapters.scipy:to_record",
    "tensorflow_probability": "kullback.distributions.adapters.tfp:to_record",
    "torch": "kullback.distributions.adapters.torch:to_record",
}


def as_record(x: Any) -> Distribution:
    """The record of another library's distribution.

    Raises
    ------
    InvalidTypeError
        If no adapter knows it.
    """
    for cls in type(x).__mro__:
        adapter = ADAPTERS.get(cls.__module__.partition(".")[0])
        if adapter is not None:
            record: Distribution | None = resolve(adapter)(x)
            if record is not None:
                return record
    raise InvalidTypeError(
        f"{type(x).__module__}.{type(x).__qualname__} is no distribution that is known here; pass one of "
        "kullback.distributions, or register a form for your own types: "
        "@kullback.distributions.register_kl(TypeP, TypeQ)."
    )
