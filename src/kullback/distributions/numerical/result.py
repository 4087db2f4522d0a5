"""What a numerical method hands back for one pair."""

from dataclasses import dataclass

__all__ = ["Bound"]


@dataclass(frozen=True)
class Bound:
    """A value in nats that lies, like the truth, between `lower` and `upper`."""

    value: float
    lower: float
    upper: float
    method: str
    note: str = ""
