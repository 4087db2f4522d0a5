"""D(p ‖ q) of two named distributions: which method answers, and its answer.

The order: a registered form; infinite by support; a finite sum; features whose expectations are known; and
then the numerical methods of `kullback.distributions.numerical`, which carry a bound.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import device

from kullback.distributions import exact, numerical
from kullback.distributions.adapters import as_record
from kullback.distributions.arithmetic import Array, namespace, select
from kullback.distributions.exact.by_features import by_features
from kullback.distributions.exact.finite_sums import by_finite_sum
from kullback.distributions.record import Distribution, together
from kullback.distributions.registry import NotClosedError, find_form
from kullback.distributions.supports import missing
from kullback.errors import ShapeError
from kullback.kernels.backend import gather, is_traced, to_numpy

__all__ = ["Answer", "exact_answer", "kl_divergence", "solve"]

_ = exact  # imported because it registers the forms


@dataclass(frozen=True, eq=False)
class Answer:
    """A divergence, or a batch of them, in nats: how it was found, and how far it may be off.

    `lower` and `upper` bound the value where it was found numerically, and are None where it is exact.
    """

    value: Array
    method: str
    source: str = ""
    lower: Array | None = None
    upper: Array | None = None


def kl_divergence(p: Any, q: Any) -> Array:
    """D(p ‖ q) = E_p[log p(x) − log q(x)] in nats, of two distributions or batches of them.

    Parameters
    ----------
    p, q
        Records of this package (`kullback.distributions.Normal(0, 1)`), distributions of other libraries, or
        any types that a form was registered for. Batches broadcast.

    Returns
    -------
    Array
        ``(...)``: the batch shape, in the framework, dtype and device of the parameters, with gradients in
        PyTorch and JAX. +inf where q has no mass on a part of p's support.

    Raises
    ------
    UnknownRouteError
        If the pair has no exact form and no numerical method serves it, or several forms serve equally well.
    InvalidTypeError
        If p or q is no distribution.
    ShapeError
        If the events' shapes differ, or the batches do not broadcast.

    Examples
    --------
    >>> from kullback.distributions import Exponential, Weibull, kl_divergence
    >>> round(float(kl_divergence(Exponential(2.0), Weibull(1.0, 1.5))), 6)
    0.392856
    """
    return solve(p, q).value


def solve(p: Any, q: Any) -> Answer:
    """D(p ‖ q) with the method that found it; see `kl_divergence`."""
    form = find_form(type(p), type(q))
    if form is not None and not (isinstance(p, Distribution) and isinstance(q, Distribution)):
        return Answer(form.kernel(p, q), "closed form", form.source)
    p, q = _as_known(p), _as_known(q)
    p, q, backend = together(p, q)
    _check_events(p, q)
    with backend.quiet():
        return _exactly(p, q) or _numerically(p, q)


def _as_known(x: Any) -> Any:
    """A record as it is, another library's distribution as the record that its adapter makes of it."""
    return x if isinstance(x, Distribution) else as_record(x)


def _check_events(p: Distribution, q: Distribution) -> None:
    a, b = p.event_shape, q.event_shape
    if a != b:
        raise ShapeError(
            f"one draw of P ({type(p).__name__}) has shape {a}, one of Q ({type(q).__name__}) {b}; a "
            "divergence is defined between distributions on one space."
        )
    try:
        np.broadcast_shapes(p.batch_shape, q.batch_shape)
    except ValueError:
        raise ShapeError(
            f"the batch shapes {p.batch_shape} of P and {q.batch_shape} of Q do not broadcast."
        ) from None


def exact_answer(p: Distribution, q: Distribution) -> Answer | None:
    """The exact answer alone: None where only a numerical method would serve."""
    p, q, backend = together(p, q)
    _check_events(p, q)
    with backend.quiet():
        return _exactly(p, q)


def _exactly(p: Distribution, q: Distribution) -> Answer | None:
    """The exact answer, if the pair has one for these parameters."""
    form = find_form(type(p), type(q))
    outside = missing(p.support, q.support)
    if outside is True:
        return Answer(_infinite(p, q), "support")
    if form is not None:
        try:
            value = form.kernel(p, q)
        except NotClosedError:
            pass
        else:
            return Answer(_or_infinite(outside, value), "closed form", form.source)
    for method, compute in (("finite sum", by_finite_sum), ("expectations", by_features)):
        found = compute(p, q)
        if found is not None:
            value, source = found
            return Answer(_or_infinite(outside, value), method, source)
    return Answer(_infinite(p, q), "support") if _everywhere(outside) else None


def _numerically(p: Distribution, q: Distribution) -> Answer:
    """The answer with a bound, for what has no exact form."""
    found = numerical.solve(p, q)
    return Answer(found.value, found.method, found.note, found.lower, found.upper)


def _infinite(p: Distribution, q: Distribution) -> Array:
    """+inf for every entry of the batch."""
    some = next((x for _, x in (*p.arrays(), *q.arrays())), np.zeros(()))
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    return namespace(some).full(shape, np.inf, dtype=some.dtype, device=device(some))


def _everywhere(outside: Any) -> bool:
    """Whether every pair of the batch is known to be infinite by its supports."""
    if outside is False:
        return False
    backend, (condition,) = gather(["support"], [outside])
    return not is_traced(backend, condition) and bool(np.all(to_numpy(condition)))


def _or_infinite(outside: Any, value: Array) -> Array:
    return value if outside is False else select(outside, np.inf, value)
