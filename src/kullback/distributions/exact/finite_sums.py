"""D(p ‖ q) of distributions on finitely many integers: the sum itself.

Where q has mass outside p's support S, q is not normalised on S, and D = D(p ‖ q given S) − log Q(S): two
terms that cannot cancel (the chain rule, Cover & Thomas 2006, theorem 2.5.3).
"""

import numpy as np

from kullback.distributions.arithmetic import Array, kernels, log, namespace, select
from kullback.distributions.families.discrete import Count
from kullback.distributions.record import Distribution
from kullback.distributions.supports import Integers, missing
from kullback.kernels import portable
from kullback.kernels.backend import gather, is_traced, to_numpy

__all__ = ["LONGEST", "by_finite_sum"]

SOURCE = "the sum over p's outcomes; chain rule, Cover & Thomas 2006, theorem 2.5.3"
#: Longer sums are left to the numerical methods, which need not visit every outcome.
LONGEST = 100_000


def by_finite_sum(p: Distribution, q: Distribution) -> tuple[Array, str] | None:
    """D(p ‖ q) and its source; None where p has infinitely many outcomes, or too many."""
    x = _outcomes(p)
    if x is None or not isinstance(q.support, Integers):
        return None
    log_p, log_q = p.log_prob(x), q.log_prob(x)
    xp = namespace(log_p)
    log_p, log_q = xp.broadcast_arrays(log_p, log_q)
    log_p, log_q = xp.moveaxis(log_p, 0, -1), xp.moveaxis(log_q, 0, -1)
    value = kernels(log_p).kl_divergence_from_logits(log_p, log_q)
    elsewhere = missing(q.support, p.support)
    if elsewhere is False:
        return value, SOURCE
    captured = portable.total(xp, xp.exp(log_q))
    return value + select(elsewhere & (captured < 1), -log(captured), 0.0), SOURCE


def _outcomes(p: Distribution) -> Array | None:
    """All outcomes of p (of the whole batch) on a new first axis."""
    if not isinstance(p, Count):
        return None
    reach = p.reach()
    if not isinstance(reach, Integers) or _is_hidden(reach.lower) or _is_hidden(reach.upper):
        return None
    lower = float(np.min(to_numpy(reach.lower)))
    upper = float(np.max(to_numpy(reach.upper)))
    if not upper - lower < LONGEST:
        return None
    xp, dtype = p.xp, next((x.dtype for _, x in p.arrays()), np.float64)
    values = xp.arange(lower, upper + 1, dtype=dtype)
    return xp.reshape(values, (-1,) + (1,) * len(p.batch_shape))


def _is_hidden(end: Array) -> bool:
    """Whether an end stands for a value that is not known yet."""
    backend, arrays = gather(["an end"], [end])
    return is_traced(backend, *arrays)
