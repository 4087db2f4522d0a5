"""Batches taken apart: numerical methods work on one pair at a time, with NumPy's float64 parameters."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np
from array_api_compat import device

from kullback.distributions.arithmetic import Array, namespace
from kullback.distributions.families.combined import Independent, Mixture
from kullback.distributions.numerical.result import Bound, Solution
from kullback.distributions.record import Distribution
from kullback.errors import InvalidTypeError
from kullback.kernels.backend import gather, is_traced, to_numpy

__all__ = ["component", "each_pair"]


def each_pair(p: Distribution, q: Distribution, solve: Callable[[Any, Any], Bound]) -> Solution:
    """Solve every pair of the batch; the numbers come in the parameters' framework and dtype.

    Raises
    ------
    InvalidTypeError
        If a gradient or a compiler asks for the answer: it has none to give.
    """
    _refuse_tracing(p, q)
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    one, other = _as_float64(p), _as_float64(q)
    with np.errstate(all="ignore"):
        bounds = [solve(_element(one, shape, i), _element(other, shape, i)) for i in np.ndindex(shape)]
    table = np.array([(b.value, b.lower, b.upper) for b in bounds], dtype=float).reshape(-1, 3)
    value, lower, upper = (column.reshape(shape) for column in table.T)
    methods = {b.method: None for b in bounds}
    note = bounds[0].note if not shape else ""
    value, lower, upper = _like(p, q, value, lower, upper)
    return Solution(value, lower, upper, " and ".join(methods), note)


def _refuse_tracing(p: Distribution, q: Distribution) -> None:
    arrays = [x for _, x in (*p.arrays(), *q.arrays())]
    if not arrays:
        return
    backend, arrays = gather([""] * len(arrays), arrays)
    pair = f"D({type(p).__name__} ‖ {type(q).__name__})"
    if is_traced(backend, *arrays):
        raise InvalidTypeError(
            f"{pair} has no exact form, and its numerical answer looks at the parameters' values, which are "
            "not known while a function is traced; call it outside of jit, grad and vmap."
        )
    library = backend.library
    asked = [x for x in arrays if getattr(x, "requires_grad", False)]
    if asked and library.is_grad_enabled():
        raise InvalidTypeError(
            f"{pair} has no exact form, and its numerical answer carries no gradient, which {len(asked)} of "
            "the parameters ask for; call it under torch.no_grad(), or detach them."
        )


def _as_float64(record: Distribution) -> Distribution:
    return record.with_arrays(iter([np.asarray(to_numpy(x), dtype=float) for _, x in record.arrays()]))


def _element(record: Distribution, shape: tuple[int, ...], index: tuple[int, ...]) -> Distribution:
    """One distribution of a batch that was broadcast to `shape`."""
    if not shape:
        return record
    new: dict[str, Any] = {}
    for f in fields(record):
        x = getattr(record, f.name)
        if x is not None and "rule" in f.metadata:
            event = x.shape[x.ndim - f.metadata["event"] :]
            x = np.asarray(np.broadcast_to(x, (*shape, *event))[index])
        elif x is not None and "component" in f.metadata:
            several = isinstance(x, tuple)
            parts = tuple(
                _element(one, (*shape, *_own_axes(record, one)), index) for one in (x if several else (x,))
            )
            x = parts if several else parts[0]
        new[f.name] = x
    return type(record).trusted(**new)


def _own_axes(outer: Distribution, inner: Distribution) -> tuple[int, ...]:
    """The batch axes of a component that are no batch axes of the whole."""
    n = 1 if isinstance(outer, Mixture) else outer.reinterpreted if isinstance(outer, Independent) else 0
    return inner.batch_shape[len(inner.batch_shape) - n :]


def _like(p: Distribution, q: Distribution, value: Any, lower: Any, upper: Any) -> Iterator[Array]:
    """Values and bounds in the framework, dtype and device of the parameters; bounds are rounded outwards."""
    some: Array = next((x for _, x in (*p.arrays(), *q.arrays())), value)
    xp = namespace(some)
    for x, outwards in ((value, 0.0), (lower, -1.0), (upper, 1.0)):
        if outwards and xp.finfo(some.dtype).bits < 64:
            narrow = x.astype(np.float32)
            x = np.where(x == narrow, narrow, np.nextafter(narrow, np.float32(outwards * np.inf)))
        yield xp.asarray(x, dtype=some.dtype, device=device(some))


def component(record: Mixture, k: int) -> Distribution:
    """The k-th component of a single mixture."""
    return _element(record.components, record.components.batch_shape, (k,))
