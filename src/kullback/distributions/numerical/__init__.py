"""D(p ‖ q) without an exact form: deterministic methods, each with a bound."""

from kullback.distributions.numerical.density import Density

__all__ = ["Density"]
