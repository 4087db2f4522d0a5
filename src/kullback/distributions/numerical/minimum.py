"""A local minimum of a smooth function of a few unconstrained numbers, by Newton's method.

Gradients and curvatures are differences of fourth order, which suits objectives that are exact to rounding:
the minimiser is then found to about 1e-9, and its value to rounding, since it is flat there. Where the
curvature is negative its size is taken instead, so that every step descends (Nocedal & Wright 2006, sec.
3.4), and a point that is no minimum in some direction is left along that direction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Minimum", "minimise"]

Vector = NDArray[np.float64]
Objective = Callable[[Vector], float]

_STEP: Final = 1e-3
#: No coordinate moves farther in one step: the coordinates are logarithms, or in units of a spread.
_REACH: Final = 2.0
_MOST: Final = 40
#: The fall that a quadratic model still promises when the search ends, relatively.
_PROMISE: Final = 1e-14
_FLAT: Final = 1e-7


@dataclass(frozen=True)
class Minimum:
    """Where the search ended, the value there, and whether it is a minimum to rounding."""

    at: Vector
    value: float
    converged: bool


def minimise(f: Objective, start: Vector) -> Minimum:
    """A minimum of `f` near `start`; `f` may be +inf in places, but not at the start."""
    x = np.asarray(start, dtype=float)
    value = f(x)
    if not np.isfinite(value):
        return Minimum(x, value, converged=False)
    for _ in range(_MOST):
        slope, curvature = _derivatives(f, x, value)
        if not (np.all(np.isfinite(slope)) and np.all(np.isfinite(curvature))):
            return Minimum(x, value, converged=False)
        sizes, axes = np.linalg.eigh(curvature)
        scale = max(1.0, abs(value))
        damped = np.maximum(np.abs(sizes), _FLAT * max(float(np.max(np.abs(sizes))), _FLAT * scale))
        step = -axes @ ((axes.T @ slope) / damped)
        if -0.5 * float(slope @ step) <= _PROMISE * scale:
            if sizes[0] >= -_FLAT * scale:
                last = f(x + step)  # too small a step to show in the value, but not in the place
                better = last <= value + 4 * _PROMISE * scale
                return Minimum(x + step if better else x, min(last, value), converged=True)
            step = 0.1 * axes[:, 0]
        step *= min(1.0, _REACH / max(float(np.max(np.abs(step))), _REACH))
        moved = _descend(f, x, value, step)
        if moved is None:
            return Minimum(x, value, converged=-float(slope @ step) <= _FLAT * _FLAT * scale)
        x, value = moved
    return Minimum(x, value, converged=False)


def _descend(f: Objective, x: Vector, value: float, step: Vector) -> tuple[Vector, float] | None:
    """The first of ever shorter steps that lowers the value; None where rounding hides the descent."""
    for k in range(40):
        candidate = x + 0.5**k * step
        there = f(candidate)
        if there < value:
            return candidate, there
    return None


def _derivatives(f: Objective, x: Vector, value: float) -> tuple[Vector, Any]:
    """The gradient and the matrix of second derivatives, by central differences."""
    n = len(x)
    unit = _STEP * np.eye(n)
    near = np.array([[f(x + e), f(x - e)] for e in unit])
    far = np.array([[f(x + 2 * e), f(x - 2 * e)] for e in unit])
    slope = (8 * (near[:, 0] - near[:, 1]) - (far[:, 0] - far[:, 1])) / (12 * _STEP)
    second = (16 * near.sum(axis=1) - far.sum(axis=1) - 30 * value) / (12 * _STEP**2)
    curvature = np.diag(second)
    for i in range(n):
        for j in range(i):
            both = f(x + unit[i] + unit[j]) + f(x - unit[i] - unit[j])
            mixed = (both - near[i].sum() - near[j].sum() + 2 * value) / (2 * _STEP**2)
            curvature[i, j] = curvature[j, i] = mixed
    return slope, curvature
