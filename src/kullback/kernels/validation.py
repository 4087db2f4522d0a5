"""Is this a distribution? Checks on arrays of any framework, and messages that say what is wrong with them.

A check costs two reductions (a sum and a minimum, or a maximum) and one look at the result for all arrays
together. Only when that look fails are the values copied to NumPy and searched, so the search may be slow.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kullback.errors import DtypeError, NormalizationError, ShapeError, ValueRangeError
from kullback.kernels.backend import Array, ArrayLike, Backend, gather, is_traced, to_numpy
from kullback.kernels.dtypes import EPSILON, dtype_name, promoted

__all__ = [
    "LOGITS",
    "LOG_PROBABILITIES",
    "PROBABILITIES",
    "WEIGHTS",
    "Meaning",
    "check_dtype",
    "check_log_probabilities",
    "check_logits",
    "check_probabilities",
    "check_values",
    "check_weights",
    "log_sum_tolerance",
    "sum_tolerance",
]

Axes: TypeAlias = tuple[int, ...]
Values: TypeAlias = NDArray[np.float64]

_FLOOR: Final = {"float64": 1e-9, "float32": 1e-5, "float16": 2e-2, "bfloat16": 2e-2}


def sum_tolerance(dtype: str, n: int) -> float:
    """How far from 1 the sum of `n` probabilities of a dtype (by name) may be: max(floor, ε(64 + 8√n)).

    Rounding each of n entries moves the sum by about ε√n. The floor is 1e-9 for float64 and 1e-5 for
    float32, so that numbers which were printed or stored in a narrower type and read again pass, and is the
    whole tolerance for the half types, 2e-2.
    """
    if dtype in ("float16", "bfloat16"):
        return _FLOOR[dtype]
    return max(_FLOOR[dtype], EPSILON[dtype] * (64 + 8 * math.sqrt(n)))


def log_sum_tolerance(dtype: str, n: int) -> float:
    """How far from 1 the sum of the exponentials of `n` log-probabilities may be.

    Besides, rounding each log p_i by up to ε|log p_i|/2 moves the sum by up to ε H/2 < ε log n.
    """
    return sum_tolerance(dtype, n) + EPSILON[dtype] * math.log(n)


@dataclass(frozen=True)
class Meaning:
    """What the entries of an array stand for.

    `absent` is how an outcome that is left out is written. `integers` says which integers have a meaning;
    booleans stand for 0 and 1 where 0 is absence.
    `is_good(xp, x, axes, tolerance)` is a boolean array, all True for good input;
    `search(x, name, axes, dtype, tolerance)` raises for bad input.
    """

    plural: str
    absent: float
    integers: Literal["0 and 1", "all"]
    tolerance: Callable[[str, int], float]
    is_good: Callable[[Any, Array, Axes, float], Array]
    search: Callable[[Values, str, Axes, str, float], None]


def check_values(
    backend: Backend,
    named: Sequence[tuple[str, Array, str]],
    meaning: Meaning,
    axes: Axes,
    where: Array | None = None,
) -> None:
    """Check the values of arrays along the event `axes` (counted from the end), with one look for them all.

    `named` has for each array its name, its values in the dtype of the computation, and the name of the
    dtype that the caller gave. Nothing is checked where no value can be looked at (see `is_traced`).

    Raises
    ------
    ValueRangeError
        For a negative, NaN or infinite entry where `meaning` has no place for it.
    NormalizationError
        For a wrong sum.
    ShapeError
        If `where` leaves nothing of a row.
    """
    xp = backend.xp
    arrays = [x.detach() if backend.name == "PyTorch" else x for _, x, _ in named]
    if is_traced(backend, *arrays) or any(0 in x.shape for x in arrays):
        return
    good = []
    if where is not None:
        good.append(xp.all(xp.any(where, axis=axes)))
        arrays = [xp.where(where, x, xp.full_like(x, meaning.absent)) for x in arrays]
    limits = [
        meaning.tolerance(dtype, math.prod(x.shape[axis] for axis in axes))
        for (_, _, dtype), x in zip(named, arrays, strict=True)
    ]
    good += [xp.all(meaning.is_good(xp, x, axes, limit)) for x, limit in zip(arrays, limits, strict=True)]
    if bool(reduce(and_, good)):
        return
    if where is not None:
        _search_where(to_numpy(where), axes)
    for (name, _, dtype), x, limit in zip(named, arrays, limits, strict=True):
        meaning.search(to_numpy(x).astype(np.float64), name, axes, dtype, limit)


def check_dtype(name: str, x: Array, meaning: Meaning, *, look: bool = True) -> str | None:
    """Name the floating dtype of an array; None for integers (looked at if `look`) and booleans that pass.

    Zeros and ones are probabilities whatever their type, so one-hot rows and masks pass.

    Raises
    ------
    DtypeError
        If numbers of this type cannot be what `meaning` says.
    """
    dtype = dtype_name(x.dtype)
    if dtype in EPSILON:
        return dtype
    if dtype.startswith("bool") and not meaning.absent:
        return None
    if dtype.startswith(("int", "uint")):
        if meaning.integers == "0 and 1" and look:
            _search_integers(to_numpy(x), name, dtype)
        return None
    raise DtypeError(f"{name} has the dtype {dtype or 'of text'}; {_dtype_way_out(name, dtype, meaning)}")


def check_probabilities(x: ArrayLike, name: str = "p", axes: Axes = (-1,)) -> None:
    """Check that `x` holds probabilities: non-negative and finite, with sums of one along `axes`."""
    _check_alone(x, name, axes, PROBABILITIES)


def check_weights(x: ArrayLike, name: str = "p", axes: Axes = (-1,)) -> None:
    """Check that `x` holds weights or counts: non-negative and finite, not all zero along `axes`."""
    _check_alone(x, name, axes, WEIGHTS)


def check_log_probabilities(x: ArrayLike, name: str = "p", axes: Axes = (-1,)) -> None:
    """Check that `x` holds log-probabilities: the sums of their exponentials along `axes` are one."""
    _check_alone(x, name, axes, LOG_PROBABILITIES)


def check_logits(x: ArrayLike, name: str = "p", axes: Axes = (-1,)) -> None:
    """Check that `x` holds logits: no NaN, no +inf, and at least one finite number along `axes`."""
    _check_alone(x, name, axes, LOGITS)


def _check_alone(x: ArrayLike, name: str, axes: Axes, meaning: Meaning) -> None:
    backend, (x,) = gather((name,), (x,))
    dtype = check_dtype(name, x, meaning, look=not is_traced(backend, x)) or "float64"
    if not all(-x.ndim <= axis and x.shape[axis] for axis in axes):
        raise ShapeError(f"{name} has the shape {tuple(x.shape)}, with no outcomes; give it at least one.")
    _, wide = promoted([dtype])
    with backend.quiet():
        check_values(backend, [(name, backend.xp.astype(x, getattr(backend.xp, wide)), dtype)], meaning, axes)


def _probabilities_are_good(xp: Any, x: Array, axes: Axes, tolerance: float) -> Array:
    # A NaN makes both comparisons False, and an infinite entry makes the first one False.
    return (xp.abs(xp.sum(x, axis=axes) - 1) <= tolerance) & (xp.min(x) >= 0)


def _weights_are_good(xp: Any, x: Array, axes: Axes, tolerance: float) -> Array:
    total = xp.sum(x, axis=axes)
    return (total > 0) & (total < xp.inf) & (xp.min(x) >= 0)


def _log_probabilities_are_good(xp: Any, x: Array, axes: Axes, tolerance: float) -> Array:
    return (xp.abs(xp.sum(xp.exp(x), axis=axes) - 1) <= tolerance) & (xp.max(x) <= tolerance)


def _logits_are_good(xp: Any, x: Array, axes: Axes, tolerance: float) -> Array:
    # One maximum sees all three: NaN, +inf, and a row of nothing but -inf.
    return xp.isfinite(xp.max(x, axis=axes))


def _search_probabilities(x: Values, name: str, axes: Axes, dtype: str, tolerance: float) -> None:
    _search_numbers(x, name, "a probability", "compute kl_divergence_from_logits if these are logits")
    row, total = _worst_row(np.sum(x, axis=axes, keepdims=True) - 1, name, axes)
    if not abs(total) <= tolerance:
        n = math.prod(x.shape[axis] for axis in axes)
        raise NormalizationError(
            f"{row} sums to {1 + total:.12g}, and probabilities sum to 1 (within {tolerance:.2g} for {n} "
            f"outcomes of {dtype}). Pass counts or weights with normalize=True (or as kullback.Counts), and "
            "logits to kl_divergence_from_logits (or as kullback.Logits)."
        )


def _search_weights(x: Values, name: str, axes: Axes, dtype: str, tolerance: float) -> None:
    _search_numbers(x, name, "a weight", "drop that entry")
    total = np.sum(x, axis=axes, keepdims=True)
    row, least = _worst_row(np.where(total > 0, 0.0, -1.0), name, axes)
    if least:
        raise NormalizationError(
            f"{row} sums to 0, and no weights can be divided by that. Give at least one outcome a positive "
            "weight, or drop the row."
        )
    limit = float(np.finfo(dtype if dtype == "float64" else "float32").max)
    row, excess = _worst_row(np.where(total > limit, 1.0, 0.0), name, axes)
    if excess:
        raise ValueRangeError(
            f"{row} sums to more than {dtype} holds ({limit:.3g}). Divide the weights by their largest first."
        )


def _search_log_probabilities(x: Values, name: str, axes: Axes, dtype: str, tolerance: float) -> None:
    wrong = np.argwhere(np.isnan(x) | (x > tolerance))
    if len(wrong):
        entry, value = _entry(x, name, wrong[0])
        raise ValueRangeError(
            f"{entry} = {value}; the logarithm of a probability is at most 0. Use kl_divergence_from_logits "
            "(or kullback.Logits) if these are logits, and kl_divergence if these are probabilities."
        )
    row, total = _worst_row(np.sum(np.exp(x), axis=axes, keepdims=True) - 1, name, axes)
    if not abs(total) <= tolerance:
        raise NormalizationError(
            f"the exponentials of {row} sum to {1 + total:.12g}, and those of log-probabilities sum to 1 "
            f"(within {tolerance:.2g} for {dtype}). Use kl_divergence_from_logits (or kullback.Logits)."
        )


def _search_logits(x: Values, name: str, axes: Axes, dtype: str, tolerance: float) -> None:
    wrong = np.argwhere(np.isnan(x) | (x == np.inf))
    if len(wrong):
        entry, value = _entry(x, name, wrong[0])
        raise ValueRangeError(
            f"{entry} = {value}; a logit is a number, or -inf for an outcome that is masked. Look for the "
            "overflow or the missing value that made it."
        )
    row, none_left = _worst_row(
        np.where(np.max(x, axis=axes, keepdims=True) == -np.inf, 1.0, 0.0), name, axes
    )
    if none_left:
        raise ValueRangeError(
            f"{row} is -inf everywhere, so its softmax does not exist. Unmask an outcome, or drop the row."
        )


def _search_numbers(x: Values, name: str, what: str, negative_way_out: str) -> None:
    wrong = np.argwhere(~((x >= 0) & (x < np.inf)))
    if not len(wrong):
        return
    entry, value = _entry(x, name, wrong[0])
    if value < 0:
        raise ValueRangeError(
            f"{entry} = {value}; {what} is not negative. Correct it, or {negative_way_out}."
        )
    if value == np.inf:
        raise ValueRangeError(f"{entry} = inf; {what} is finite. Look for the overflow that made it.")
    raise ValueRangeError(
        f"{entry} = nan; {what} is a number. Leave missing outcomes out with where=, or fill them with 0."
    )


def _search_where(where: NDArray[np.bool_], axes: Axes) -> None:
    row, nothing = _worst_row(~np.any(where, axis=axes, keepdims=True) * 1.0, "where", axes)
    if nothing:
        raise ShapeError(f"{row} is False everywhere, which leaves no outcome. Keep one, or drop the row.")


def _search_integers(x: NDArray[Any], name: str, dtype: str) -> None:
    wrong = np.argwhere((x != 0) & (x != 1))
    if len(wrong):
        entry, value = _entry(x, name, wrong[0])
        raise DtypeError(
            f"{entry} = {value} in an array of dtype {dtype}; integers are probabilities only as 0 and 1. "
            "Pass counts with normalize=True (or as kullback.Counts)."
        )


def _dtype_way_out(name: str, dtype: str, meaning: Meaning) -> str:
    if dtype.startswith("complex"):
        return f"complex numbers have no order. Pass {name}.real if the imaginary parts are zero."
    if dtype.startswith("bool"):
        return f"{meaning.plural} are numbers. Pass the mask as where= instead."
    if dtype.startswith("float"):
        return "the kernels compute in float32 and float64. Convert to one of these."
    if dtype == "object":
        return f"Python objects are not computed with. Convert: numpy.asarray({name}, dtype=float)."
    return f"{meaning.plural} are real numbers. Convert: numpy.asarray({name}, dtype=float)."


def _entry(x: NDArray[Any], name: str, index: NDArray[np.intp]) -> tuple[str, Any]:
    """Name an entry and give its value: ``p[1, 3]``."""
    return f"{name}[{', '.join(map(str, index))}]", x[tuple(index)]


def _worst_row(measured: Values, name: str, axes: Axes) -> tuple[str, float]:
    """Name the first row with the largest absolute value, ``p[1, :]``, and give that value.

    A NaN counts as the largest. `measured` keeps the reduced axes.
    """
    index = np.unravel_index(np.argmax(np.abs(measured)), measured.shape)
    events = {axis % measured.ndim for axis in axes}
    if len(events) == measured.ndim:
        return name, float(measured[index])
    shown = ", ".join(":" if axis in events else str(i) for axis, i in enumerate(index))
    return f"{name}[{shown}]", float(measured[index])


def _no_tolerance(dtype: str, n: int) -> float:
    return 0.0


PROBABILITIES: Final = Meaning(
    "probabilities", 0.0, "0 and 1", sum_tolerance, _probabilities_are_good, _search_probabilities
)
WEIGHTS: Final = Meaning("weights", 0.0, "all", _no_tolerance, _weights_are_good, _search_weights)
LOG_PROBABILITIES: Final = Meaning(
    "log-probabilities",
    -math.inf,
    "all",
    log_sum_tolerance,
    _log_probabilities_are_good,
    _search_log_probabilities,
)
LOGITS: Final = Meaning("logits", -math.inf, "all", _no_tolerance, _logits_are_good, _search_logits)
