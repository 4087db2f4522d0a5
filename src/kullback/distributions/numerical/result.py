"""What a numerical method hands back, for one pair and for a batch."""

from dataclasses import dataclass

from kullback.distributions.arithmetic import Array

__all__ = ["Bound", "Solution"]


@dataclass(frozen=True)
class Bound:
    """A value in nats that lies, like the truth, between `lower` and `upper`."""

    value: float
    lower: float
    upper: float
    method: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class Solution:
    """Values and their bounds for a batch ``(...)``, in nats, how they were found, and what is notable."""

    value: Array
    lower: Array
    upper: Array
    method: str
    note: str = ""
