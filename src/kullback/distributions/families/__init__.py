"""The families: frozen records of parameters, one class each, by the kind of value that they describe."""

from kullback.distributions.families import (
    bounded,
    circular,
    combined,
    discrete,
    gamma_power,
    multivariate,
    positive,
    real_line,
)

_ROOMS = (real_line, gamma_power, positive, bounded, circular, discrete, multivariate, combined)

__all__ = ["FAMILIES"]

#: Every family by its name.
FAMILIES = {
    name: getattr(room, name)
    for room in _ROOMS
    for name in room.__all__
    if "__post_init__" in dir(getattr(room, name))
}
