"""The road from a caller's arrays to a formula and back: one framework, one dtype, the event axes last.

Every public array function takes it, so that `axis`, `keepdims`, `where`, `normalize`, `validate` and `unit`
mean the same everywhere.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any, TypeAlias

from kullback.errors import DtypeError, ShapeError
from kullback.kernels.backend import Array, ArrayLike, Backend, beside, gather, is_traced
from kullback.kernels.dtypes import dtype_name, promoted
from kullback.kernels.validation import PROBABILITIES, WEIGHTS, Meaning, check_dtype, check_values
from kullback.units import Unit, per_nat

__all__ = ["Axis", "Formula", "elementwise", "over_events"]

Axis: TypeAlias = int | tuple[int, ...] | None
#: (backend, arrays (..., n)) -> (...), in nats where the quantity has a unit.
Formula: TypeAlias = Callable[..., Array]


def over_events(
    formula: Formula,
    names: Sequence[str],
    values: Sequence[ArrayLike],
    meaning: Meaning = PROBABILITIES,
    *,
    axis: Axis = -1,
    given: Axis = None,
    keepdims: bool = False,
    unit: Unit = "nats",
    where: ArrayLike | None = None,
    weights: bool = False,
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """Apply `formula` to the arguments as arrays ``(..., n)``, whose last axis runs over all of `axis`.

    With `given`, some of `axis`, they are ``(..., k, n)`` instead: `given` is merged into k, the rest into n.
    The formula computes in float32 or float64, in nats. The answer has the dtype of the arguments and the
    batch axes that are left, in their order. `weights` admits any positive sums, and leaves them to the
    formula; `normalize` divides by them first.
    """
    scale = per_nat(unit)
    meaning = WEIGHTS if weights or normalize else meaning
    asked = _numbers(names, values, meaning, look=validate)
    backend, xp, arrays = asked.backend, asked.backend.xp, asked.arrays
    shape = _common_shape(names, arrays)
    axes = _from_the_end(axis, len(shape))
    _check_events(names, arrays, axes)
    inner = () if given is None else _from_the_end(given, len(shape))
    if not set(inner) <= set(axes):
        raise ShapeError(
            f"given={given} is not among axis={axis}; condition on some of the axes summed over."
        )
    with backend.quiet():
        mask = None if where is None else _mask(backend, where, names, arrays, shape)
        if validate:
            check_values(backend, list(zip(names, arrays, asked.given, strict=True)), meaning, axes, mask)
        if mask is not None:
            arrays = [xp.where(mask, x, xp.full_like(x, meaning.absent)) for x in arrays]
        if normalize:
            arrays = [_divided(xp, x, axes) for x in arrays]
        answer = formula(backend, *(_events_last(xp, x, axes, inner) for x in arrays))
        if keepdims:
            kept = tuple(1 if i - len(shape) in axes else size for i, size in enumerate(shape))
            answer = xp.reshape(answer, kept)
        answer = xp.astype(answer if scale == 1 else answer * scale, asked.dtype, copy=False)
        return (
            answer[()] if backend.name == "NumPy" else answer
        )  # as NumPy's own sums: numbers, not 0-d arrays


def elementwise(
    formula: Formula, names: Sequence[str], values: Sequence[ArrayLike], *, unit: Unit = "nats"
) -> Array:
    """Apply `formula` to the arguments as they are, broadcast against each other, entry by entry."""
    scale = per_nat(unit)
    asked = _numbers(names, values, WEIGHTS, look=False)
    _common_shape(names, asked.arrays)
    with asked.backend.quiet():
        answer = formula(asked.backend, *asked.arrays)
        return asked.backend.xp.astype(answer if scale == 1 else answer * scale, asked.dtype, copy=False)


@dataclass(frozen=True)
class _Numbers:
    """Arrays in the dtype of the computation, the names of the `given` dtypes, and the answer's dtype."""

    backend: Backend
    arrays: list[Array]
    given: list[str]
    dtype: Any


def _numbers(names: Sequence[str], values: Sequence[ArrayLike], meaning: Meaning, look: bool) -> _Numbers:
    """Bring the arguments to one framework and one floating dtype."""
    backend, arrays = gather(names, values)
    xp = backend.xp
    look = look and not is_traced(backend, *arrays)
    found = [check_dtype(name, x, meaning, look=look) for name, x in zip(names, arrays, strict=True)]
    default = xp.asarray(1.0).dtype
    floating = [name for name in found if name is not None] or [dtype_name(default)]
    narrow, wide = promoted(floating)
    own = [x.dtype for x, name in zip(arrays, found, strict=True) if name == narrow]
    computed = getattr(xp, wide)
    return _Numbers(
        backend,
        [x if x.dtype == computed else xp.astype(x, computed) for x in arrays],
        [name or narrow for name in found],
        own[0] if own and dtype_name(own[0]) in ("float16", "bfloat16") else computed,
    )


def _common_shape(names: Sequence[str], arrays: Sequence[Array]) -> tuple[int, ...]:
    """Broadcast the shapes against each other."""
    ndim = max(x.ndim for x in arrays)
    shape = [1] * ndim
    for x in arrays:
        for axis, size in enumerate(x.shape, start=ndim - x.ndim):
            if size != 1 and shape[axis] not in (1, size):
                shapes = " and ".join(f"{n} {tuple(a.shape)}" for n, a in zip(names, arrays, strict=True))
                raise ShapeError(f"the shapes of {shapes} do not broadcast; give both the same outcomes.")
            shape[axis] = shape[axis] if size == 1 else size
    return tuple(shape)


def _from_the_end(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Write axes as negative numbers, which mean the same axis of every array that broadcasts to `ndim`."""
    if axis is None:
        return tuple(range(-ndim, 0))
    try:
        asked = [index(a) for a in (axis if isinstance(axis, tuple) else (axis,))]
    except TypeError:
        raise ShapeError(
            f"axis={axis!r} is not an axis; pass an int, a tuple of ints, or None for all."
        ) from None
    wrong = [a for a in asked if not -ndim <= a < ndim]
    if wrong:
        raise ShapeError(
            f"axis={wrong[0]} does not exist in {ndim} dimensions; use 0 to {ndim - 1}, or -{ndim} to -1."
            if ndim
            else f"axis={wrong[0]} does not exist in a single number; pass the probabilities of all outcomes."
        )
    axes = tuple(a % ndim - ndim for a in asked)
    if len(set(axes)) != len(axes):
        raise ShapeError(f"axis={axis} names an axis twice; name each once.")
    return axes


def _check_events(names: Sequence[str], arrays: Sequence[Array], axes: tuple[int, ...]) -> None:
    """Batch axes broadcast; the event axes must be there in every array, equal, and not empty."""
    sizes = [tuple(x.shape[a] if -a <= x.ndim else None for a in axes) for x in arrays]
    if any(size != sizes[0] or None in size for size in sizes):
        outcomes = " and ".join(f"{n} {tuple(x.shape)}" for n, x in zip(names, arrays, strict=True))
        raise ShapeError(
            f"the outcomes of {outcomes} differ in number along axis {_shown(axes)}, and only batch axes "
            "broadcast. Give every array an entry for every outcome, 0 where it is impossible."
        )
    if not axes or 0 in sizes[0]:
        raise ShapeError(
            f"{names[0]} has the shape {tuple(arrays[0].shape)}, with no outcomes along axis {_shown(axes)}; "
            "give it at least one."
        )


def _shown(axes: tuple[int, ...]) -> str:
    return str(axes[0]) if len(axes) == 1 else str(axes)


def _mask(
    backend: Backend, where: ArrayLike, names: Sequence[str], arrays: Sequence[Array], shape: tuple[int, ...]
) -> Array:
    """Bring `where` to a boolean array with an axis for each of `shape`."""
    if isinstance(where, (list, tuple)):
        where = beside(backend, where, arrays[0])
    _, (_, mask) = gather((names[0], "where"), (arrays[0], where))
    if not dtype_name(mask.dtype).startswith("bool"):
        raise DtypeError(
            f"where has the dtype {dtype_name(mask.dtype)}; it is True for the outcomes that count. Pass "
            "booleans, such as weight > 0."
        )
    full = (1,) * (len(shape) - mask.ndim) + tuple(mask.shape)
    if len(full) != len(shape) or any(m not in (1, size) for m, size in zip(full, shape, strict=True)):
        raise ShapeError(
            f"where has the shape {tuple(mask.shape)}, which does not broadcast to {shape}; give it an entry "
            "per outcome."
        )
    return backend.xp.reshape(mask, full)


def _divided(xp: Any, x: Array, axes: tuple[int, ...]) -> Array:
    """Divide by the sums. A zero stays out of the division, so that a vertical slope at it stays at it."""
    zero = x == 0
    divided = xp.where(zero, xp.ones_like(x), x) / xp.sum(x, axis=axes, keepdims=True)
    return xp.where(zero, x, divided)


def _events_last(xp: Any, x: Array, axes: tuple[int, ...], inner: tuple[int, ...]) -> Array:
    """Move the event axes behind the batch axes, and merge them: ``(..., n)``, or ``(..., k, n)``."""
    outer = tuple(a for a in axes if a not in inner)
    order = inner + outer
    if order == (-1,):
        return x
    batch = [a for a in range(-x.ndim, 0) if a not in axes]
    moved = xp.permute_dims(x, tuple(a + x.ndim for a in (*batch, *order)))
    groups = [math.prod([x.shape[a] for a in group]) for group in (inner, outer)][0 if inner else 1 :]
    return xp.reshape(moved, tuple(x.shape[a] for a in batch) + tuple(groups))
