"""D(p ‖ q) of probability vectors, logits and log-probabilities, its terms, and its gradient."""

from typing import Any, Final

import numpy as np

from kullback.errors import InvalidTypeError
from kullback.kernels import native
from kullback.kernels.arrange import Axis, elementwise, over_events
from kullback.kernels.backend import Array, ArrayLike, Backend
from kullback.kernels.validation import LOG_PROBABILITIES, LOGITS
from kullback.units import Unit, per_nat

__all__ = [
    "kl_divergence",
    "kl_divergence_and_grad",
    "kl_divergence_from_log_probs",
    "kl_divergence_from_logits",
    "kl_terms",
    "rel_entr",
]

_PQ: Final = ("p", "q")
_ndarray: Final = np.ndarray
_fast: Final = native.fast


def kl_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    unit: Unit = "nats",
    where: ArrayLike | None = None,
    normalize: bool = False,
    validate: bool = True,
) -> Array:
    """D(p ‖ q) = Σ p log(p/q), the Kullback-Leibler divergence of probabilities.

    Parameters
    ----------
    p, q
        Probabilities, ``(..., n)``: NumPy, PyTorch, JAX or other arrays, of one framework; lists of numbers
        follow the other argument. Batch axes broadcast. Zeros are allowed: p = 0 contributes 0, and q = 0 < p
        makes the answer +inf. Integers and booleans are probabilities as 0 and 1.
    axis
        The axis or axes that hold the outcomes, in the broadcast shape; None for all of them.
    keepdims
        Keep the reduced axes, with length 1.
    unit
        ``"nats"``, ``"bits"`` or ``"bans"``.
    where
        Booleans that broadcast to the arguments: outcomes that are False are left out, as if deleted, before
        the sums are checked.
    normalize
        Take p and q as weights or counts, and divide them by their sums (exactly: the rounding of the
        quotients does not enter).
    validate
        Check the values, which costs two passes over each array and waits for the device that holds them.
        They are not checked where no value can be looked at: under `jax.jit`, `jax.grad` and other transforms
        of JAX, `torch.compile`, and the transforms of `torch.func`. Shapes and dtypes are checked always.

    Returns
    -------
    Array of shape (...)
        In the dtype of the arguments (float16 and bfloat16 are computed in float32) and on their device.
        Never negative, 0 exactly when p = q. Relative error at most 5 u, u = eps/2, near p = q too. It is the
        divergence of the vectors divided by their sums P and Q, so that rounding in these does not matter;
        the gradients are those of just this, (log(p/q) + log(Q/P) − D)/P and 1/Q − p/(q P): −inf in p where
        p = 0 < q, and finite for all other outcomes.

    Raises
    ------
    ValueRangeError
        For a negative, infinite or NaN entry.
    NormalizationError
        If a sum is not 1 within `validation.sum_tolerance`.
    ShapeError
        If shapes do not go together, an axis does not exist, or there are no outcomes.
    DtypeError
        For complex, text, object and masked arrays, and for integers other than 0 and 1.
    InvalidTypeError
        For arrays of different frameworks.

    References
    ----------
    Kullback & Leibler (1951), On information and sufficiency; zeros as in van Erven & Harremoës (2014).

    Examples
    --------
    >>> round(kl_divergence([0.5, 0.5], [0.9, 0.1], unit="bits"), 12)
    np.float64(0.736965594166)
    """
    if (
        type(p) is _ndarray
        and axis == -1
        and where is None
        and validate
        and not normalize
        and not keepdims
        and (value := _fast(p, q)) is not None
    ):
        return value if unit == "nats" else value * per_nat(unit)
    return over_events(
        _of_weights if normalize else _of_probabilities,
        _PQ,
        (p, q),
        axis=axis,
        keepdims=keepdims,
        unit=unit,
        where=where,
        weights=normalize,
        validate=validate,
    )


def kl_divergence_from_logits(
    p_logits: ArrayLike,
    q_logits: ArrayLike,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    unit: Unit = "nats",
    where: ArrayLike | None = None,
    validate: bool = True,
) -> Array:
    """D(softmax p_logits ‖ softmax q_logits), the divergence of unnormalised log-probabilities.

    A logit of −inf is an impossible outcome; +inf and NaN are errors, and so is a row of −inf. Adding a
    constant to the logits of a row changes nothing. Options as for `kl_divergence`.

    Returns
    -------
    Array of shape (...)
        Relative error at most 8 u, u = eps/2, from equal logits (0 exactly) to the largest divergences.
        The gradients are p (log(p/q) − D) and q − p.

    Raises
    ------
    ValueRangeError
        For NaN, +inf, or a row of nothing but −inf; otherwise as `kl_divergence`.
    """
    return over_events(
        _of_logits,
        ("p_logits", "q_logits"),
        (p_logits, q_logits),
        LOGITS,
        axis=axis,
        keepdims=keepdims,
        unit=unit,
        where=where,
        validate=validate,
    )


def kl_divergence_from_log_probs(
    p_log_probs: ArrayLike,
    q_log_probs: ArrayLike,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    unit: Unit = "nats",
    where: ArrayLike | None = None,
    validate: bool = True,
) -> Array:
    """D(exp p_log_probs ‖ exp q_log_probs), the divergence of log-probabilities (natural logarithms).

    Computed as for logits, so rounding in the normalisation does not enter; that the exponentials sum to
    one is checked. Options as for `kl_divergence`, accuracy and gradients as for `kl_divergence_from_logits`.

    Raises
    ------
    ValueRangeError
        For NaN, and for a logarithm above 0.
    NormalizationError
        If the exponentials do not sum to 1 within `validation.log_sum_tolerance`.
    """
    return over_events(
        _of_logits,
        ("p_log_probs", "q_log_probs"),
        (p_log_probs, q_log_probs),
        LOG_PROBABILITIES,
        axis=axis,
        keepdims=keepdims,
        unit=unit,
        where=where,
        validate=validate,
    )


def kl_divergence_and_grad(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: int = -1,
    unit: Unit = "nats",
    validate: bool = True,
) -> tuple[Array, Array, Array]:
    """D(p ‖ q) and its gradients ∂D/∂p and ∂D/∂q, of NumPy arrays, in one pass.

    PyTorch and JAX differentiate `kl_divergence` themselves. Arguments as for `kl_divergence`.

    Returns
    -------
    value : array of shape (...)
        D(p ‖ q) in `unit`.
    grad_p, grad_q : arrays of shape (..., n)
        The slopes in `unit`, in the shape of p and q broadcast: row i is the gradient of value i.

    Raises
    ------
    InvalidTypeError
        For arrays of other frameworks; otherwise as `kl_divergence`.
    """
    scale = per_nat(unit)
    slopes: list[Array] = []

    def formula(k: Backend, p: Array, q: Array) -> Array:
        if k.name != "NumPy":
            raise InvalidTypeError(
                f"p and q are {k.name} arrays; differentiate kl_divergence with the framework itself "
                "(torch.autograd, jax.grad), or pass NumPy arrays."
            )
        value, *found = k.kernels.kl_divergence_and_grad(p, q)
        slopes.extend(found)
        return value

    value = over_events(formula, _PQ, (p, q), axis=axis, unit=unit, validate=validate)
    grad_p, grad_q = (_moved_back(slope, axis, scale, value.dtype) for slope in slopes)
    return value, grad_p, grad_q


def rel_entr(p: ArrayLike, q: ArrayLike, *, unit: Unit = "nats") -> Array:
    """Entries p log(p/q): the signed terms that add up to D(p ‖ q) for normalised vectors.

    Where p ≈ q these cancel in the sum; `kl_terms` do not. Nothing is required of the sums, so nothing is
    checked but dtypes and shapes: p = 0 gives 0, q = 0 < p gives +inf, a negative or NaN entry gives NaN.

    Returns
    -------
    Array of the shape of p and q broadcast
        In `unit`. Relative error at most 5 u, u = eps/2, near p = q too.
    """
    return elementwise(_rel_entr, _PQ, (p, q), unit=unit)


def kl_terms(p: ArrayLike, q: ArrayLike, *, unit: Unit = "nats") -> Array:
    """Entries p log(p/q) − p + q ≥ 0: the terms of D(p ‖ q) that cannot cancel.

    For p and q with equal sums they add up to D(p ‖ q). p = 0 gives q, q = 0 < p gives +inf, a negative or
    NaN entry gives NaN; nothing but dtypes and shapes is checked.

    Returns
    -------
    Array of the shape of p and q broadcast
        In `unit`. Relative error at most 5 u, u = eps/2; the gradients are log(p/q) and 1 − p/q.

    References
    ----------
    Bregman (1967): the divergence generated by p log p, entry by entry.
    """
    return elementwise(_kl_terms, _PQ, (p, q), unit=unit)


def _of_probabilities(k: Backend, p: Array, q: Array) -> Array:
    return k.kernels.kl_divergence(p, q)


def _of_weights(k: Backend, p: Array, q: Array) -> Array:
    return k.kernels.kl_divergence_of_weights(p, q)


def _of_logits(k: Backend, a: Array, b: Array) -> Array:
    return k.kernels.kl_divergence_from_logits(a, b)


def _kl_terms(k: Backend, p: Array, q: Array) -> Array:
    return k.kernels.kl_terms(p, q)


def _rel_entr(k: Backend, p: Array, q: Array) -> Array:
    # p = 0 gives 0, with the slope that p log(p/q) − p + q has there, less what q adds to it.
    xp = k.xp
    zero = p == 0
    unit = xp.ones_like(p + q)
    regular = p * k.kernels.log_ratio(xp.where(zero, unit, p), xp.where(zero, unit, q))
    at_zero = k.kernels.kl_terms(xp.where(zero, p, unit), xp.where(zero, q, unit)) - q
    return xp.where(zero, at_zero, regular)


def _moved_back(slope: Array, axis: int, scale: float, dtype: Any) -> Array:
    return np.moveaxis(np.asarray(slope * scale, dtype=dtype), -1, axis)
