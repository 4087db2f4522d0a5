"""E_p[T] of features T, and E_p[log p]: what is known of a family, one small function each.

A function is registered for a family and a feature, and serves the subclasses of the family. It returns an
array, infinite where the expectation is, or None where it has no closed form for these parameters.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from kullback.distributions.features import Feature
from kullback.distributions.record import Distribution

__all__ = ["expectation", "find_expectation", "find_mean_log_prob", "mean_log_prob"]

Rule = Callable[[Any, Any], Any]
R = TypeVar("R", bound=Rule)

_RULES: Final[dict[tuple[type[Distribution], type[Feature]], Rule]] = {}


def expectation(family: type[Distribution], feature: type[Feature]) -> Callable[[R], R]:
    """Register the decorated function ``f(p, feature)`` as E_p[feature(x)]."""

    def decorate(rule: R) -> R:
        _RULES[family, feature] = rule
        return rule

    return decorate


def find_expectation(family: type[Distribution], feature: type[Feature]) -> Rule | None:
    """The rule for the family, or for the nearest class that it is derived from."""
    for cls in family.__mro__:
        rule = _RULES.get((cls, feature))
        if rule is not None:
            return rule
    return None


OwnRule = Callable[[Any], Any]
W = TypeVar("W", bound=OwnRule)

_OWN: Final[dict[type[Distribution], OwnRule]] = {}


def mean_log_prob(family: type[Distribution]) -> Callable[[W], W]:
    """Register the decorated function ``f(p)`` as E_p[log p], the negative entropy of a family.

    It is needed only where the family's own features have no expectations for parameters other than its own.
    """

    def decorate(rule: W) -> W:
        _OWN[family] = rule
        return rule

    return decorate


def find_mean_log_prob(family: type[Distribution]) -> OwnRule | None:
    """The rule for the family, or for the nearest class that it is derived from."""
    return next((_OWN[cls] for cls in family.__mro__ if cls in _OWN), None)
