"""The portable formulas piece by piece, against mpmath; whole divergences are in tests/reference."""

import math

import mpmath
import numpy as np
import pytest

from kullback.kernels import portable

DTYPES = ("float64", "float32")
INF, NAN = math.inf, math.nan


def worst(found: np.ndarray, exact: list[mpmath.mpf]) -> float:
    u = np.finfo(found.dtype).eps / 2
    with mpmath.workdps(60):
        errors = [abs((mpmath.mpf(float(f)) - e) / e) for f, e in zip(found, exact, strict=True) if e]
    return float(max(errors)) / u


def ratios(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """p/q from 1e-30 to 1e30, dense around 1 and around the ends of the interval of the polynomial."""
    rng = np.random.default_rng(1)
    log = np.concatenate(
        [
            rng.uniform(-3, 3, 400),
            rng.uniform(-70, 70, 100),
            *(s * 10.0 ** -rng.uniform(0, 12, 100) for s in (-1, 1)),
        ]
    )
    q = rng.uniform(1, 2, log.size).astype(dtype)
    return (q * np.exp(log)).astype(dtype), q


@pytest.mark.parametrize("dtype", DTYPES)
def test_log_ratio_and_terms_keep_their_digits(dtype: str) -> None:
    p, q = ratios(dtype)
    with mpmath.workdps(60):
        pairs = [(mpmath.mpf(x), mpmath.mpf(y)) for x, y in zip(p.tolist(), q.tolist(), strict=True)]
        logs = [mpmath.log(x / y) for x, y in pairs]
        terms = [x * log - x + y for (x, y), log in zip(pairs, logs, strict=True)]
    assert worst(portable.log_ratio(np, p, q), logs) <= 4
    found = portable.kl_terms(np, p, q)
    assert worst(found, terms) <= 6
    assert found.min() >= 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_log1pmx_and_expm1mx_keep_their_digits(dtype: str) -> None:
    rng = np.random.default_rng(2)
    small = np.concatenate([s * 10.0 ** -rng.uniform(0, 14, 200) for s in (-1, 1)])
    x = np.concatenate([small, rng.uniform(-0.999, 5, 300), rng.uniform(5, 80, 50)]).astype(dtype)
    x = x[x > -1]
    with mpmath.workdps(60):
        exact = [mpmath.mpf(v) for v in x.tolist()]
        assert worst(portable.log1pmx(np, x), [mpmath.log(1 + v) - v for v in exact]) <= 5
        assert worst(portable.expm1mx(np, x), [mpmath.exp(v) - 1 - v for v in exact]) <= 5


@pytest.mark.parametrize("dtype", DTYPES)
def test_quotients_beyond_the_range_of_the_dtype(dtype: str) -> None:
    least = float(np.finfo(dtype).smallest_subnormal)
    p, q = np.array([[1, least, 1e10, 0.5], [least, 1, 2 * least, 1e3 * least]], dtype=dtype)
    with mpmath.workdps(60):
        logs = [
            mpmath.log(mpmath.mpf(x) / mpmath.mpf(y)) for x, y in zip(p.tolist(), q.tolist(), strict=True)
        ]
    assert worst(portable.log_ratio(np, p, q), logs) <= 4


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_at_the_edges(dtype: str) -> None:
    p = np.array([0, 0, 0.5, -1, 1, NAN, 0.5, -1, 0], dtype=dtype)
    q = np.array([0, 0.25, 0, 1, -1, 1, NAN, -1, -1], dtype=dtype)
    np.testing.assert_array_equal(portable.log_ratio(np, p, q), [0, -INF, INF] + [NAN] * 6)
    np.testing.assert_array_equal(portable.kl_terms(np, p, q), [0, 0.25, INF] + [NAN] * 6)
    t = np.array([-2, -1, 0, INF, NAN], dtype=dtype)
    np.testing.assert_array_equal(portable.log1pmx(np, t), [NAN, -INF, 0, -INF, NAN])
    x = np.array([-INF, 0, 1e4, INF, NAN], dtype=dtype)
    np.testing.assert_array_equal(portable.expm1mx(np, x), [INF, 0, INF, INF, NAN])


def test_rows_that_are_no_distribution_or_impossible() -> None:
    half, none, all_first = np.array([0.5, 0.5]), np.array([0.0, 0.0]), np.array([1.0, 0.0])
    for formula in (portable.kl_divergence, portable.kl_divergence_of_weights):
        assert formula(np, half, all_first) == INF
        assert formula(np, half, none) == INF
        assert math.isnan(formula(np, none, half))
        assert formula(np, all_first, half) == pytest.approx(math.log(2), rel=1e-15)
    masked = np.array([0.0, -INF])
    logits = portable.kl_divergence_from_logits
    assert logits(np, none, masked) == INF
    assert logits(np, masked, masked) == 0
    assert logits(np, masked, none) == pytest.approx(math.log(2), rel=1e-15)
    assert math.isnan(logits(np, np.array([-INF, -INF]), none))
    assert math.isnan(logits(np, np.array([NAN, 0]), masked))


def test_logits_far_beyond_the_range_of_exp() -> None:
    """Masks of −1e9 or of the largest negative number, on one side only, in either direction."""
    for mask in (-1e9, float(np.finfo("float32").min)):
        a, b = np.array([[0, 0, mask], [0, 0, 5]], dtype="float32")
        with mpmath.workdps(60):
            gained = mpmath.log(2 + mpmath.exp(5)) - mpmath.log(2)
            p = mpmath.exp(5) / (2 + mpmath.exp(5))
        found = portable.kl_divergence_from_logits(np, a, b), portable.kl_divergence_from_logits(np, b, a)
        assert float(found[0]) == pytest.approx(float(gained), rel=5e-7)
        assert float(found[1]) == pytest.approx(float(p) * -mask, rel=1e-6)


@pytest.mark.parametrize("n", [1, 4, 5, 7, 16, 17, 1000, 100_003])
def test_total_adds_everything_once(n: int) -> None:
    x = np.random.default_rng(n).uniform(0, 1, (2, n)).astype("float32")
    exact = np.array([math.fsum(row) for row in x.tolist()])
    assert np.max(np.abs(portable.total(np, x) - exact) / exact) <= 4 * 2**-24


def test_total_does_not_depend_on_how_the_library_adds() -> None:
    """A column of a matrix is added one by one by NumPy: 300 u and more at this length."""
    x = np.random.default_rng(0).uniform(0, 1, (1_000_000, 2)).astype("float32")
    exact = np.array([math.fsum(column) for column in x.T.tolist()])
    assert np.max(np.abs(portable.total(np, x.T) - exact) / exact) <= 4 * 2**-24


@pytest.mark.parametrize("dtype", DTYPES)
def test_minus_product_is_exact_near_equality(dtype: str) -> None:
    rng = np.random.default_rng(3)
    q, scale = (rng.uniform(0.1, 10, 500).astype(dtype) for _ in range(2))
    p = (q * scale * (1 + rng.integers(-3, 4, 500) * np.finfo(dtype).eps)).astype(dtype)
    with mpmath.workdps(60):
        rows = zip(p.tolist(), q.tolist(), scale.tolist(), strict=True)
        exact = [mpmath.mpf(x) - mpmath.mpf(y) * mpmath.mpf(s) for x, y, s in rows]
    assert worst(portable.minus_product(np, p, q, scale), exact) <= 1


def test_times_lets_nothing_move_an_infinite_slope() -> None:
    slope = np.array([INF, -INF, INF, -INF, 2.0])
    change = np.array([0.0, 0.0, 1e-3, 1e-3, 3.0])
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(portable.times(np, slope, change), [0, 0, INF, -INF, 6])


def test_batches_broadcast() -> None:
    rng = np.random.default_rng(5)
    p, q = rng.dirichlet(np.ones(6), (4, 1)), rng.dirichlet(np.ones(6), 3)
    for name in ("kl_divergence", "kl_divergence_of_weights", "kl_divergence_from_logits"):
        formula = getattr(portable, name)
        whole = formula(np, p, q)
        assert whole.shape == (4, 3)
        assert whole[2, 1] == formula(np, p[2, 0], q[1])
