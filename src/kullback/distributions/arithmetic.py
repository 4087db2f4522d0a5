"""The elementary operations that closed forms are written in, for arrays of any framework.

Each takes the namespace from its arguments, so that a form reads as its formula: ``kl_terms(a, b) / c``. All
of them are elementwise, broadcast, look at no value in Python, and are differentiable to any order in
PyTorch and JAX. What could cancel is computed by `kullback.kernels`.
"""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from array_api_compat import array_namespace, device

from kullback.kernels.backend import gather

__all__ = [
    "Array",
    "beside",
    "constants",
    "exp",
    "expm1",
    "expm1mx",
    "is_number",
    "kernels",
    "kl_terms",
    "log",
    "log1p",
    "log1pmx",
    "log_ratio",
    "maximum",
    "namespace",
    "scale_gap",
    "select",
    "square",
    "sum_event",
    "times",
]

#: An array of any framework, or a Python number beside one.
Array: TypeAlias = Any


def namespace(*arrays: Array) -> Any:
    """The array-API namespace that the arrays belong to; Python numbers beside them do not count."""
    return array_namespace(*(x for x in arrays if not is_number(x)))


def is_number(x: object) -> bool:
    """Whether `x` is a plain Python number (a NumPy scalar is an array here)."""
    return type(x) in (int, float, bool)


def kernels(*arrays: Array) -> Any:
    """The primitives for the framework of the arrays, with their own rules for gradients."""
    found = [x for x in arrays if not is_number(x)]
    return gather(["an array"] * len(found), found)[0].kernels


def exp(x: Array) -> Array:
    """eˣ."""
    return math.exp(x) if is_number(x) else namespace(x).exp(x)


def expm1(x: Array) -> Array:
    """eˣ − 1."""
    return math.expm1(x) if is_number(x) else namespace(x).expm1(x)


def log(x: Array) -> Array:
    """Log x, −inf at 0."""
    return math.log(x) if is_number(x) else namespace(x).log(x)


def log1p(x: Array) -> Array:
    """log(1 + x)."""
    return math.log1p(x) if is_number(x) else namespace(x).log1p(x)


def square(x: Array) -> Array:
    """x²."""
    return x * x


def maximum(a: Array, b: Array) -> Array:
    """The larger of the two, elementwise."""
    return select(a > b, a, b)


def select(condition: Array, a: Array, b: Array) -> Array:
    """`a` where the condition holds, else `b`; either may be a Python number.

    With a harmless number for `b` this also guards an argument: the branch not taken then has finite slopes,
    as reverse-mode differentiation needs.
    """
    return namespace(condition, a, b).where(condition, a, b)


def beside(x: Array, *values: Array) -> tuple[Array, ...]:
    """The values, with arrays of x's dtype and shape in place of Python numbers."""
    return tuple(0.0 * x + v if is_number(v) else v for v in values)


def constants(values: Sequence[float], like: Array) -> Array:
    """The numbers as a vector of `like`'s framework, dtype and device: nodes of a rule, or steps of a sum."""
    return namespace(like).asarray(values, dtype=like.dtype, device=device(like))


def times(coefficient: Array, x: Array) -> Array:
    """A product in which a coefficient 0 removes its term, infinite or not."""
    if is_number(coefficient):
        return coefficient * x
    present = coefficient != 0
    return select(present, coefficient * select(present, x, 0.0 * coefficient), 0.0 * coefficient)


def sum_event(x: Array, dims: int = 1) -> Array:
    """Sum over the last `dims` axes."""
    return namespace(x).sum(x, axis=tuple(range(-dims, 0))) if dims else x


def log_ratio(a: Array, b: Array) -> Array:
    """log(a/b) with full relative accuracy near a = b, without overflow; a, b ≥ 0."""
    xp = namespace(a, b)
    return kernels(a, b).log_ratio(*_arrays(xp, a, b))


def kl_terms(a: Array, b: Array) -> Array:
    """a·log(a/b) − a + b ≥ 0, without cancellation; a, b ≥ 0."""
    xp = namespace(a, b)
    return kernels(a, b).kl_terms(*_arrays(xp, a, b))


def log1pmx(x: Array) -> Array:
    """log(1 + x) − x ≤ 0, without cancellation."""
    return kernels(x).log1pmx(x)


def expm1mx(x: Array) -> Array:
    """eˣ − 1 − x ≥ 0, without cancellation."""
    return kernels(x).expm1mx(x)


def scale_gap(a: Array, b: Array) -> Array:
    """R − 1 − log r ≥ 0 for r = a/b: how far two scales are apart, without cancellation."""
    return kl_terms(b, a) / b


def _arrays(xp: Any, a: Array, b: Array) -> tuple[Array, Array]:
    """Make an array of a Python number that stands beside one."""
    if is_number(a):
        a = xp.full_like(b, a)
    if is_number(b):
        b = xp.full_like(a, b)
    return a, b
