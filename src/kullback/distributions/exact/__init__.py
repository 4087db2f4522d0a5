"""The forms for exact divergences; importing this package registers them."""

from kullback.distributions.exact import (
    combined,
    directions,
    discrete,
    expectations,
    gamma_power,
    intervals,
    multivariate,
    real_line,
)

__all__ = [
    "combined",
    "directions",
    "discrete",
    "expectations",
    "gamma_power",
    "intervals",
    "multivariate",
    "real_line",
]
