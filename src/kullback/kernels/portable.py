"""The formulas of D(p ‖ q), once, for every library that follows the array API standard.

Each function takes the namespace `xp` first. The last axis holds the outcomes, and `p` and `q` broadcast
against each other. Nothing is validated here, and no Python branch looks at a value, so everything can be
traced. No library function is called outside its domain, so no warning is raised and a derivative stays
finite.

Why not Σ p log(p/q)? Its terms have both signs and the size of p − q, while the sum has the size of (p −
q)²/p: when p ≈ q, all digits cancel. Here only terms are added that cannot cancel, p log(p/q) − p + q ≥
0, and each is formed from the exact difference p − q.

Compilers may contract a·b + c into one rounding (XLA does). So the error-free transformations below are
built from additions, and from products that are exact anyway: contraction cannot change those.
"""

import math
from functools import reduce
from typing import Any, Final, NamedTuple, TypeAlias

__all__ = [
    "expm1mx",
    "kl_divergence",
    "kl_divergence_from_logits",
    "kl_divergence_from_logits_slopes",
    "kl_divergence_of_weights",
    "kl_divergence_of_weights_slopes",
    "kl_divergence_slopes",
    "kl_terms",
    "log1pmx",
    "log_ratio",
    "log_ratio_of_weights",
    "minus_product",
    "times",
    "total",
]

#: An array of any library, and its namespace: the frameworks share no protocol that type checkers know.
Array: TypeAlias = Any
Namespace: TypeAlias = Any

# (2 atanh(y/2) − y) / y³ = 1/12 + y²/80 + y⁴/448 + …, as a polynomial in y² ≤ 1.2² that is nearly minimax
# (a Chebyshev fit by mpmath.chebyfit). Highest power first; its error is 1e-17 (float64) and 8e-10
# (float32). The interval makes 1/4 ≤ p/q ≤ 4 "near": beyond it p log(p/q) and p − q no longer cancel
# much.
_NEAR: Final = 1.2
_ATANH64: Final = (
    1.674925287281387e-10,
    -1.2242594877642688e-09,
    4.925600973978861e-09,
    -1.0789774975013778e-08,
    2.054666271380151e-08,
    -1.0214522969352585e-08,
    6.225414500521422e-08,
    1.907652909741437e-07,
    9.018690719499102e-07,
    4.067704176644301e-06,
    1.8780321287416715e-05,
    8.877837173842305e-05,
    0.00043402778085473414,
    0.002232142857010169,
    0.012500000000002256,
    0.08333333333333333,
)
_ATANH32: Final = (
    4.012088547888827e-06,
    -5.284249265626432e-06,
    3.163305891453172e-05,
    7.947943053830354e-05,
    0.0004375845549935006,
    0.002231485991359009,
    0.01250004564192218,
    0.08333333281853349,
)

# (eˣ − 1 − x) / x² = 1/2 + x/6 + x²/24 + … on |x| ≤ 1.5, made in the same way; errors 3e-18 and 4e-9.
_SMALL: Final = 1.5
_EXP64: Final = (
    2.8863920642845674e-15,
    4.922044850361049e-14,
    7.644412502401289e-13,
    1.1465508951516627e-11,
    1.6059096321645782e-10,
    2.0876856907724997e-09,
    2.5052107831257497e-08,
    2.7557318168811604e-07,
    2.755731922716205e-06,
    2.480158730763519e-05,
    0.00019841269841260905,
    0.0013888888888871872,
    0.008333333333333344,
    0.04166666666666685,
    0.16666666666666666,
    0.5,
)
_EXP32: Final = (
    2.863403809967883e-07,
    2.88533957264307e-06,
    2.4783311724840564e-05,
    0.00019819249857250837,
    0.0013889003396366428,
    0.00833347135855501,
    0.0416666647325717,
    0.1666666433498973,
    0.5,
)


def log_ratio(xp: Namespace, p: Array, q: Array) -> Array:
    """log(p/q) elementwise, with full relative accuracy where p ≈ q.

    0/0 gives 0 (the outcome does not occur), 0/q gives −inf, p/0 gives +inf; NaN only from NaN or a
    negative. Measured: at most 4 u.
    """
    return _log_ratio(xp, p, q, p - q)


def kl_terms(xp: Namespace, p: Array, q: Array) -> Array:
    """The Bregman terms p log(p/q) − p + q ≥ 0, whose sum is D(p ‖ q) when p and q have one sum.

    p = 0 gives q; q = 0 < p gives +inf; NaN only from NaN or a negative. Measured: at most 6 u (mostly 1 u).
    """
    return _kl_terms(xp, p, q, p - q)


def kl_divergence(xp: Namespace, p: Array, q: Array) -> Array:
    """D(p ‖ q) of the normalised vectors in nats: ``(..., n), (..., n) -> (...)``.

    The sums of p and q should agree up to rounding; see `kl_divergence_of_weights` where they do not.
    """
    return kl_divergence_of_sums(xp, *row_sums(xp, p, q))


def row_sums(xp: Namespace, p: Array, q: Array) -> tuple[Array, Array, Array]:
    """What the divergence of a row needs: Σ(p log(p/q) − p + q), Σp and Σ(p − q). Pieces of a row add up."""
    d = p - q
    return total(xp, _kl_terms(xp, p, q, d)), total(xp, p), total(xp, d)


def kl_divergence_of_sums(xp: Namespace, excess: Array, mass: Array, surplus: Array) -> Array:
    """D of the normalised vectors from Σ(p log(p/q) − p + q), P = Σp and P − Q.

    With x = (Q − P)/P it is ΣD/P − (x − log(1 + x)): x enters by its square, so its rounding is harmless.
    """
    mass = xp.where(mass > 0, mass, xp.nan)  # nothing at all is no distribution
    x = xp.where(excess == xp.inf, 0.0, -surplus / mass)
    return _at_least_zero(xp, excess / mass + log1pmx(xp, x))


def kl_divergence_of_weights(xp: Namespace, p: Array, q: Array) -> Array:
    """D(p/Σp ‖ q/Σq) in nats, for weights or counts with any sums: ``(..., n), (..., n) -> (...)``.

    With λ = Σp/Σq it is Σ(p log(p/(λq)) − p + λq)/Σp, whose terms cannot cancel. What must keep its
    digits is p − λq: the rounded λ gives it exactly, and then tells by its sum what the rounding of λ
    was.
    """
    mass, scaled = _share_mass(xp, p, q)
    return total(xp, _kl_terms(xp, p, q, scaled.d, scaled)) / mass


def kl_divergence_from_logits(xp: Namespace, a: Array, b: Array) -> Array:
    """D(softmax a ‖ softmax b) in nats: ``(..., n), (..., n) -> (...)``.

    A logit −inf is probability 0: masked in both it is left out, in b alone the divergence is +inf. A row
    that has nothing but −inf is no distribution, and gives NaN. Measured: at most 8 u.
    """
    pair = _compare_softmaxes(xp, a, b)
    # With t = c − mean, log Σp eᵗ = D. As long as that is small, t stays at its mean, where all digits of
    # tiny divergences are; when it is large, t is normalised by it, so that p eᵗ = q cannot overflow.
    large, log_sum, scaled_q = _rescaled(xp, pair, pair.mean)
    t = (pair.c - pair.mean) - xp.where(large, log_sum, 0.0)
    moved = pair.p * t
    near = pair.both & (xp.abs(t) <= _SMALL)
    terms = xp.where(near, pair.p * _exp_tail(xp, xp.where(near, t, 0.0)), (scaled_q - pair.p) - moved)
    excess = total(xp, terms)  # Σp(eᵗ − 1 − t)
    kl = _at_least_zero(xp, excess + log1pmx(xp, excess + total(xp, moved)))
    return xp.where(pair.impossible, xp.inf, kl)


def log1pmx(xp: Namespace, t: Array) -> Array:
    """log(1 + t) − t ≤ 0, without cancellation; −inf at t = −1, NaN below. Measured: at most 5 u."""
    inside = (t > -1) & (t < xp.inf)
    s = xp.where(inside, t, 0.0)
    y = s / (1 + 0.5 * s)
    # log(1 + s) = 2 atanh(y/2), and y − s = −y·s/2.
    near = y * (y * y * _atanh_tail(xp, y) - 0.5 * s)
    far = xp.log1p(s) - s
    edge = xp.where((t == -1) | (t == xp.inf), -xp.inf, xp.full_like(t, xp.nan))
    return xp.where(inside, xp.where(xp.abs(y) <= _NEAR, near, far), edge)


def expm1mx(xp: Namespace, x: Array) -> Array:
    """eˣ − 1 − x ≥ 0, without cancellation. Measured: at most 5 u."""
    overflows = x > math.log(xp.finfo(x.dtype).max)
    s = xp.where(overflows, 0.0, x)
    return xp.where(overflows, xp.inf, xp.where(xp.abs(s) <= _SMALL, _exp_tail(xp, s), xp.exp(s) - (1 + s)))


def kl_divergence_slopes(xp: Namespace, p: Array, q: Array, kl: Array, log_pq: Array) -> tuple[Array, Array]:
    """∂D/∂p and ∂D/∂q of `kl_divergence`, given its value and `log_ratio`: two arrays ``(..., n)``.

    With P = Σp, Q = Σq: ∂p = (log(p/q) + log(Q/P) − D)/P and ∂q = 1/Q − p/(qP). An outcome that neither
    has (p = q = 0) has ∂p = 0. Where D is infinite these are the limits as q → 0.
    """
    mass, kl = _each(total(xp, p)), _each(kl)
    d = p - q
    excess_q = -_each(total(xp, d)) / mass  # (Q − P)/P
    slope_p = (log_pq + _log1p(xp, excess_q) - kl) / mass
    # 1/Q − p/(qP) = (q − p − p(Q − P)/P) / (qQ), and q − p is exact where it is small.
    slope_q = -(d + p * excess_q) / (xp.where(q == 0, 1.0, q) * (mass * (1 + excess_q)))
    return _slopes_at_zero(xp, p, q, log_pq, slope_p, slope_q)


def kl_divergence_of_weights_slopes(
    xp: Namespace, p: Array, q: Array, kl: Array, log_pq: Array
) -> tuple[Array, Array]:
    """∂D/∂p and ∂D/∂q of `kl_divergence_of_weights`, given its value and `log_ratio_of_weights`.

    The same function of p and q, so the same derivatives: (log(pQ/(qP)) − D)/P and (λq − p)/(qP).
    """
    mass, scaled = _share_mass(xp, p, q)
    slope_p = (log_pq - _each(kl)) / _each(mass)
    slope_q = -(scaled.d / xp.where(q == 0, 1.0, q)) / _each(mass)
    return _slopes_at_zero(xp, p, q, log_pq, slope_p, slope_q)


def kl_divergence_from_logits_slopes(xp: Namespace, a: Array, b: Array) -> tuple[Array, Array]:
    """∂D/∂a = p (log(p/q) − D) and ∂D/∂b = q − p with p = softmax a and q = softmax b: arrays ``(..., n)``.

    Masked logits have slope 0. Where b alone masks an outcome, D is infinite, and so is ∂D/∂a.
    """
    pair = _compare_softmaxes(xp, a, b)
    # log(p/q) − D is mean − c: no normaliser, which would cancel for an outcome that a is nearly sure of.
    unbounded = xp.where((b == -xp.inf) & (a != -xp.inf), xp.inf, xp.full_like(pair.c, -xp.inf))
    centred = xp.where(_each(pair.impossible), unbounded, pair.mean - pair.c)
    slope_a = pair.p * xp.where(pair.p == 0, 0.0, centred)

    # q − p is p (eᵗ − 1) with t = log(q/p) = c − log Σp eᶜ. That keeps its digits when all t are small,
    # also for an outcome that both are nearly sure of: c = 0 for the likeliest of a, so it adds nothing
    # to Σp(eᶜ − 1).
    large, _, scaled_q = _rescaled(xp, pair, 0.0)
    small_c = pair.both & (xp.abs(pair.c) <= _SMALL)
    c = xp.where(small_c, pair.c, 0.0)
    rise = _each(total(xp, xp.where(small_c, pair.p * (_exp_tail(xp, c) + c), scaled_q - pair.p)))
    t = pair.c - _log1p(xp, xp.where(large, 0.0, rise))
    near = ~large & pair.both & (xp.abs(pair.c) <= 4) & (xp.abs(t) <= _SMALL)
    t = xp.where(near, t, 0.0)
    return slope_a, xp.where(near, pair.p * (_exp_tail(xp, t) + t), pair.e_b / pair.mass_b - pair.p)


def log_ratio_of_weights(xp: Namespace, p: Array, q: Array) -> Array:
    """The logarithm of (p/Σp)/(q/Σq), accurate where the two are nearly equal; zeros as in `log_ratio`."""
    _, scaled = _share_mass(xp, p, q)
    return _log_ratio(xp, p, q, scaled.d, scaled)


def times(xp: Namespace, slope: Array, change: Array) -> Array:
    """The product slope · change, but ∞ · 0 = 0: an outcome that does not move adds nothing.

    An infinite slope is two finite factors, whose product overflows unless `change` is 0. So the product
    stays linear in `change`, as rules for differentiation need it.
    """
    one = xp.ones_like(slope)
    largest = xp.finfo(slope.dtype).max * one
    bounded = xp.where(slope == xp.inf, largest, xp.where(slope == -xp.inf, -largest, slope))
    return (change * bounded) * xp.where(xp.isinf(slope), largest, one)


def total(xp: Namespace, x: Array) -> Array:
    """Σx over the last axis: ``(..., n) -> (...)``. Measured for x ≥ 0: at most 3.5 u, whatever n is.

    Added as a tree of four branches, so that rounding grows with log n. Libraries differ in how `sum`
    adds (compiled loops keep one running sum per vector lane, whose error grows with n), and float32 may
    be all there is.
    """
    branches, rest = 4, 0.0
    while x.shape[-1] > branches:
        length = x.shape[-1] // branches
        if branches * length < x.shape[-1]:
            rest = rest + xp.sum(x[..., branches * length :], axis=-1)
        whole = xp.reshape(x[..., : branches * length], (*x.shape[:-1], branches, length))
        x = xp.sum(whole, axis=-2)
    return xp.sum(x, axis=-1) + rest


def minus_product(xp: Namespace, p: Array, q: Array, scale: Array) -> Array:
    """The difference p − scale·q without a rounded product: no digit is lost where the two nearly agree."""
    main, tail = _minus_product(xp, p, q, scale)
    return main - tail


def _each(x: Array) -> Array:
    """``(...) -> (..., 1)``: one number per row, beside the outcomes of that row."""
    return x[..., None]


def _polynomial(xp: Namespace, x: Array, float64: tuple[float, ...], float32: tuple[float, ...]) -> Array:
    coefficients = float64 if xp.finfo(x.dtype).bits == 64 else float32
    return reduce(lambda value, c: value * x + c, coefficients[1:], coefficients[0])


def _atanh_tail(xp: Namespace, y: Array) -> Array:
    """(2 atanh(y/2) − y)/y³ for |y| ≤ 1.2."""
    return _polynomial(xp, y * y, _ATANH64, _ATANH32)


def _log1p(xp: Namespace, t: Array) -> Array:
    """log(1 + t); XLA's own, in float64 on the CPU, is 200 u off near t = −0.41."""
    y = t / (1 + 0.5 * t)
    near = xp.abs(y) <= _NEAR
    return xp.where(near, y + y * (y * y * _atanh_tail(xp, y)), xp.log1p(xp.where(near, 0.0, t)))


def _exp_tail(xp: Namespace, x: Array) -> Array:
    """eˣ − 1 − x for |x| ≤ 1.5."""
    return x * x * _polynomial(xp, x, _EXP64, _EXP32)


def _at_least_zero(xp: Namespace, kl: Array) -> Array:
    """The mathematics forbids negative values; the last rounding of two terms does not."""
    return xp.where(kl < 0, 0.0, kl)


class _Scaled(NamedTuple):
    """λq, which has the mass of p: λ = scale·(1 + rest), with `rest` one rounding or so, and d = p − λq."""

    d: Array
    scale: Array
    rest: Array


def _kl_terms(xp: Namespace, p: Array, q: Array, d: Array, scaled: _Scaled | None = None) -> Array:
    """The terms p log(p/v) − p + v ≥ 0 with v = q or λq, given d = p − v without cancellation."""
    least = xp.minimum(p, q)
    positive = least > 0
    a, d = xp.where(positive, p, 1.0), xp.where(positive, d, 0.0)
    y = _relative(d, a)
    r = d * y
    # p = v(1 + y/2)/(1 − y/2) gives r/2 + r(y + y²/2)·(the tail of atanh): nothing is left to cancel.
    near = 0.5 * r + r * ((y + 0.5 * (y * y)) * _atanh_tail(xp, y))
    far = a * _log_far(xp, a, xp.where(positive, q, 1.0), scaled) - d
    unless_p = q if scaled is None else q * scaled.scale
    edge = xp.where(least == 0, xp.where(p > 0, xp.inf, unless_p), xp.nan)
    return xp.where(positive, xp.where(xp.abs(y) <= _NEAR, near, far), edge)


def _log_ratio(xp: Namespace, p: Array, q: Array, d: Array, scaled: _Scaled | None = None) -> Array:
    """The logarithm of p/v with v = q or λq, given d = p − v without cancellation."""
    least = xp.minimum(p, q)
    positive = least > 0
    a = xp.where(positive, p, 1.0)
    y = _relative(xp.where(positive, d, 0.0), a)
    near = y + y * (y * y * _atanh_tail(xp, y))
    far = _log_far(xp, a, xp.where(positive, q, 1.0), scaled)
    edge = xp.where(p == q, 0.0, xp.where(p > q, xp.inf, xp.full_like(far, -xp.inf)))
    edge = xp.where(least == 0, edge, xp.nan)
    return xp.where(positive, xp.where(xp.abs(y) <= _NEAR, near, far), edge)


def _relative(d: Array, p: Array) -> Array:
    """With d = p − v, y = d/((p + v)/2) in [−2, 2]: log(p/v) is 2 atanh(y/2). It cannot overflow."""
    return d / (p - 0.5 * d)


def _log_far(xp: Namespace, p: Array, q: Array, scaled: _Scaled | None) -> Array:
    """The library's log(p/v) of positive numbers with v = q or λq, also where p/q over- or underflows.

    The larger of the two may be up to 2⁴⁰⁰ in float64 and 2⁴⁰ in float32, far above probabilities and counts.
    """
    exponent = math.frexp(xp.finfo(p.dtype).max)[1] // 2
    root, taken = 2.0**exponent, exponent * math.log(2)
    tiny, huge = p < q * (1 / root), q < p * (1 / root)
    quotient = p * xp.where(tiny, root, xp.where(huge, 1 / root, xp.ones_like(p))) / q
    logarithm = xp.log(quotient) if scaled is None else xp.log(quotient / scaled.scale) - scaled.rest
    return xp.where(tiny, logarithm - taken, xp.where(huge, logarithm + taken, logarithm))


def _share_mass(xp: Namespace, p: Array, q: Array) -> tuple[Array, _Scaled]:
    """Σp, and q scaled to that mass."""
    mass_p, mass_q = total(xp, p), total(xp, q)
    mass_p = xp.where(mass_p > 0, mass_p, xp.nan)  # nothing at all is no distribution
    some = mass_q > 0  # where it is false, every outcome of p is impossible whatever λ is
    scale = _each(xp.where(some, mass_p, 1.0) / xp.where(some, mass_q, 1.0))
    main, tail = _minus_product(xp, p, q, scale)
    rest = _each(total(xp, main - tail) / mass_p)
    return mass_p, _Scaled(main - (tail + (q * scale) * rest), scale, rest)


def _halves(xp: Namespace, x: Array) -> tuple[Array, Array]:
    """Halves high + low = x with half the digits each, so that their products are exact (Veltkamp, 1968)."""
    digits = 53 if xp.finfo(x.dtype).bits == 64 else 24
    shifted = x * 2.0 ** ((digits + 1) // 2)
    high = (x + shifted) - shifted
    return high, x - high


def _minus_product(xp: Namespace, p: Array, q: Array, scale: Array) -> tuple[Array, Array]:
    """The difference p − scale·q as that of two numbers, the second about one rounding of p (Dekker, 1971).

    The four products of the halves are exact. So is the sum of the middle two, by `_two_diff`, and so are
    the differences where p and scale·q nearly agree.
    """
    q_high, q_low = _halves(xp, q)
    s_high, s_low = _halves(xp, scale)
    middle, error = _two_diff(q_high * s_low, -q_low * s_high)
    return (p - q_high * s_high) - middle, error + q_low * s_low


def _slopes_at_zero(
    xp: Namespace, p: Array, q: Array, log_pq: Array, slope_p: Array, slope_q: Array
) -> tuple[Array, Array]:
    """The slopes with the outcomes put right that p or q does not have."""
    slope_p = xp.where(log_pq == xp.inf, xp.inf, slope_p)
    slope_p = xp.where(xp.maximum(p, q) == 0, 0.0, slope_p)
    slope_q = xp.where(q == 0, xp.where(p > 0, -xp.inf, 1 / _each(total(xp, q))), slope_q)
    return slope_p, slope_q


class _Softmaxes(NamedTuple):
    """What p = softmax a and q = softmax b have to do with each other, row by row.

    `c` is log(q/p) up to a constant per row, by which it is 0 for the likeliest outcome of a: a constant
    that a and b differ by is gone before anything is rounded. `mean` is Σp c. With q = e_b/mass_b, p eᶜ =
    e_b·exp(rise)/mass_a. `both` says where neither is masked, `impossible` where D is infinite.
    """

    p: Array
    c: Array
    mean: Array
    mass_a: Array
    mass_b: Array
    e_b: Array
    rise: Array
    both: Array
    impossible: Array


def _compare_softmaxes(xp: Namespace, a: Array, b: Array) -> _Softmaxes:
    both = xp.minimum(a, b) != -xp.inf
    top_a, mass_a, e_a = _exponentials(xp, a)
    top_b, mass_b, e_b = _exponentials(xp, b)
    p = e_a / mass_a

    difference, error = _two_diff(xp.where(both, b, 0.0), xp.where(both, a, 0.0))
    centre, centre_error = _highest(xp, both & (a == top_a), difference, error)
    c = (difference - centre) + (error - centre_error)
    gap, gap_error = _two_diff(top_b, top_a)
    rise = (gap - centre) + (gap_error - centre_error)

    known = top_a + top_b == top_a + top_b
    impossible = xp.any((b == -xp.inf) & (a != -xp.inf) & known, axis=-1)
    mean = _each(total(xp, p * c))
    return _Softmaxes(p, c, mean, mass_a, mass_b, e_b, rise, both, impossible)


def _highest(xp: Namespace, among: Array, x: Array, error: Array) -> tuple[Array, Array]:
    """The highest x of those `among`, and its error; zeros where there are none."""
    high = xp.max(xp.where(among, x, -xp.inf), axis=-1, keepdims=True)
    its_error = xp.max(xp.where(among & (x == high), error, -xp.inf), axis=-1, keepdims=True)
    none = high == -xp.inf
    return xp.where(none, 0.0, high), xp.where(none, 0.0, its_error)


def _rescaled(xp: Namespace, pair: _Softmaxes, at: Array | float) -> tuple[Array, Array, Array]:
    """With t = c − at: whether log Σp eᵗ is large, what it is, and p eᵗ (or q, where the sum is large)."""
    rise = pair.rise - at
    log_sum = rise + xp.log(pair.mass_b / pair.mass_a)
    large = xp.abs(log_sum) > 1
    factor = xp.where(large, 1 / pair.mass_b, xp.exp(xp.where(large, 0.0, rise)) / pair.mass_a)
    return large, log_sum, pair.e_b * factor


def _exponentials(xp: Namespace, a: Array) -> tuple[Array, Array, Array]:
    """The maximum of a, Σe and e = exp(a − max a); a row of nothing but −inf has Σe = NaN."""
    top = xp.max(a, axis=-1, keepdims=True)
    top = xp.where(top == -xp.inf, 0.0, top)
    present = a != -xp.inf
    difference, error = _two_diff(xp.where(present, a, top), top)
    e = xp.exp(difference)
    e = xp.where(present, e + e * error, 0.0)  # a rounded difference of 30 would cost e 16 u
    mass = _each(total(xp, e))
    return top, xp.where(mass == 0, xp.nan, mass), e


def _two_diff(x: Array, y: Array) -> tuple[Array, Array]:
    """The rounded x − y, and what the rounding took (TwoDiff: Møller, 1965; Knuth, 1969)."""
    difference = x - y
    subtracted = difference - x
    return difference, (x - (difference - subtracted)) - (y + subtracted)
