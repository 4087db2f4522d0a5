"""Which numerical method answers for a pair, by what one draw of it is."""

from collections.abc import Callable
from typing import Any

from kullback.distributions.numerical import cubature, mixture_bounds, quadrature, sums
from kullback.distributions.numerical.elements import each_pair
from kullback.distributions.numerical.gaussians import as_gaussians, in_common_frame, is_gaussian
from kullback.distributions.numerical.result import Bound, Solution
from kullback.distributions.record import Distribution
from kullback.distributions.supports import Integers, Interval
from kullback.errors import UnknownRouteError

__all__ = ["solve"]


def solve(p: Distribution, q: Distribution) -> Solution:
    """D(p ‖ q) in nats, with a lower and an upper bound, by the method that the pair asks for.

    Batches are solved one by one, in float64; the answer comes in the parameters' framework and dtype.

    Raises
    ------
    UnknownRouteError
        If no deterministic method serves the pair.
    InvalidTypeError
        If a gradient is asked for, or the parameters' values are not known while a function is traced: a
        numerical answer has no gradient.
    InvalidInputError
        If a density is not normalised, or if it cannot be told whether the divergence is finite.
    """
    return each_pair(p, q, _method(p, q))


def _method(p: Distribution, q: Distribution) -> Callable[[Any, Any], Bound]:
    if isinstance(p.support, Interval) and isinstance(q.support, Interval):
        return quadrature.integrate
    if isinstance(p.support, Integers) and isinstance(q.support, Integers):
        return sums.add_up
    if is_gaussian(p) and is_gaussian(q):
        return _of_gaussians
    raise UnknownRouteError(
        f"no exact form and no deterministic method is known for D({type(p).__name__} ‖ {type(q).__name__}); "
        f"register a form with @register_kl({type(p).__name__}, {type(q).__name__})."
    )


def _of_gaussians(p: Distribution, q: Distribution) -> Bound:
    """Mixtures of normal vectors: by quadrature or cubature in up to three dimensions, by bounds in more."""
    one, other = in_common_frame(as_gaussians(p), as_gaussians(q))
    if one.dimension == 1:
        return mixture_bounds.on_line(one, other)
    method = cubature.integrate if one.dimension <= 3 else mixture_bounds.enclose
    return method(one, other)
