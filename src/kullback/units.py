"""Nats, bits and bans: the only place that knows how information is measured."""

import math
from typing import Final, Literal, get_args

from kullback.errors import InvalidInputError

__all__ = ["UNITS", "Unit", "per_nat"]

_WAY_OUT = 'write unit="nats" (natural logarithm), "bits" (base 2) or "bans" (base 10)'

Unit = Literal["nats", "bits", "bans"]

UNITS: Final[tuple[Unit, ...]] = get_args(Unit)

_PER_NAT: Final[dict[str, float]] = {"nats": 1.0, "bits": math.log2(math.e), "bans": math.log10(math.e)}


def per_nat(unit: str) -> float:
    """Say how many of `unit` make one nat: multiply a value in nats by it.

    Raises
    ------
    InvalidInputError
        If `unit` is none of ``"nats"``, ``"bits"``, ``"bans"``.
    """
    try:
        return _PER_NAT[unit]
    except (KeyError, TypeError):
        raise InvalidInputError(f"unit={unit!r} is not a unit of information here: {_WAY_OUT}.") from None
