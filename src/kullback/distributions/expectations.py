"""E_p[T]: what is known about a feature's expectation under a family, one small function each.

A function is registered for a family and a feature, and serves the subclasses of the family. It returns an
array, infinite where the expectation is, or None where it has no closed form for these parameters.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from kullback.distributions.features import Feature
from kullback.distributions.record import Distribution

__all__ = ["expectation", "find_expectation"]

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
