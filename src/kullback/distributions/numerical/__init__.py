"""D(p ‖ q) without an exact form: deterministic methods, each with a bound."""

from kullback.distributions.numerical.density import Density
from kullback.distributions.numerical.solve import solve

__all__ = ["Density", "solve"]
