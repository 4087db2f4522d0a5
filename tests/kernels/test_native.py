"""The compiled core in each instruction set that runs here, against 50 digits of mpmath and odd input."""

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from numpy.typing import NDArray

from kullback.kernels import native, portable
from kullback.kernels.validation import sum_tolerance

if not native.available:
    pytest.skip(native.reason, allow_module_level=True)

from kullback.kernels.native import _core

Array = NDArray[Any]
Reference = tuple[Any, list[Any], list[Any]]

ROOT = Path(__file__).parents[2]
FLOATS = (np.float64, np.float32)
GAPS = (1e-1, 1e-3, 1e-6, 1e-9, 1e-12)
LENGTHS = (1, 2, 3, 4, 5, 7, 8, 10, 17, 33, 64, 65, 130, 700)


@pytest.fixture(params=_core.isa_levels())
def core(request: pytest.FixtureRequest) -> ModuleType:
    return _core.variant(request.param)


@pytest.fixture(autouse=True)
def fifty_digits() -> Any:
    with mpmath.workdps(50):
        yield


def roundings(value: Any, exact: Any, dtype: Any) -> float:
    """The relative error in units of u = eps/2."""
    return float(abs(mpf(float(value)) - exact) / abs(exact)) / (float(np.finfo(dtype).eps) / 2)


def exact_terms(p: Sequence[float], q: Sequence[float]) -> list[Any]:
    pairs = [(mpf(float(a)), mpf(float(b))) for a, b in zip(p, q, strict=True)]
    return [a * mpmath.log(a / b) - a + b if a else b for a, b in pairs]


def exact_kl(p: Sequence[float], q: Sequence[float]) -> Reference:
    """D of the normalised vectors, and its partial derivatives."""
    ps, qs = [mpf(float(x)) for x in p], [mpf(float(x)) for x in q]
    mass, other = mpmath.fsum(ps), mpmath.fsum(qs)
    logs = [mpmath.log(a * other / (b * mass)) if a else None for a, b in zip(ps, qs, strict=True)]
    kl = mpmath.fsum(a * log / mass for a, log in zip(ps, logs, strict=True) if a)
    by_p = [None if log is None else (log - kl) / mass for log in logs]
    return kl, by_p, [1 / other - a / (b * mass) for a, b in zip(ps, qs, strict=True)]


def exact_softmax_kl(a: Sequence[float], b: Sequence[float]) -> Reference:
    x, y = [mpf(float(v)) for v in a], [mpf(float(v)) for v in b]
    top_x, top_y = max(x), max(y)
    e, f = [mpmath.exp(v - top_x) for v in x], [mpmath.exp(v - top_y) for v in y]
    sum_e, sum_f = mpmath.fsum(e), mpmath.fsum(f)
    shift = mpmath.log(sum_f) + top_y - mpmath.log(sum_e) - top_x
    p, q = [v / sum_e for v in e], [v / sum_f for v in f]
    logs = [u - v + shift if pi else mpf(0) for u, v, pi in zip(x, y, p, strict=True)]
    kl = mpmath.fsum(pi * log for pi, log in zip(p, logs, strict=True))
    return (
        kl,
        [pi * (log - kl) for pi, log in zip(p, logs, strict=True)],
        [v - u for u, v in zip(p, q, strict=True)],
    )


def rows_of(regime: str | float, n: int, dtype: Any, rng: np.random.Generator) -> tuple[Array, Array]:
    if regime == "wide":
        p, q = rng.dirichlet(np.full(n, 0.05)), rng.dirichlet(np.full(n, 0.05)) + 1e-30
    elif regime == "subnormal":
        tiny = float(np.finfo(dtype).smallest_subnormal)
        p, q = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(n))
        p[1::3] = tiny * rng.integers(0, 1000, p[1::3].size)
        q[2::3] = tiny * rng.integers(1, 1000, q[2::3].size)
    else:
        p = rng.dirichlet(np.ones(n))
        q = (
            rng.dirichlet(np.ones(n))
            if regime == "random"
            else p * (1 + float(regime) * rng.standard_normal(n))
        )
    with np.errstate(under="ignore"):
        return (p / p.sum()).astype(dtype), (q / q.sum()).astype(dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("regime", ["random", "wide", "subnormal", *GAPS])
def test_value_is_within_five_roundings(core: ModuleType, regime: str | float, dtype: Any) -> None:
    rng = np.random.default_rng(20)
    for n in LENGTHS:
        p, q = rows_of(regime, n, dtype, rng)
        if ((q == 0) & (p > 0)).any():
            continue
        exact = exact_kl(p, q)[0]
        # The last one goes through the lanes that take one short row each.
        abreast = core.kl_divergence(np.tile(p, (9, 1)), q)
        for value in (
            core.fast(p, q),
            core.unchecked(p, q),
            core.kl_divergence(p, q),
            abreast[0],
            abreast[8],
        ):
            assert value >= 0
            if exact < 1e-45:  # nothing left but what float32 can't write
                assert value < 1e-45
            else:
                assert roundings(value, exact, dtype) <= 5


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("regime", ["random", 1e-6, 1e-12])
def test_value_of_a_long_row(core: ModuleType, regime: str | float, dtype: Any) -> None:
    p, q = rows_of(regime, 20_000, dtype, np.random.default_rng(21))
    exact = exact_kl(p, q)[0]
    if exact > 1e-30:
        assert roundings(core.fast(p, q), exact, dtype) <= 5


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="the reference needs more digits than double")
@pytest.mark.parametrize("dtype", FLOATS)
def test_value_of_five_million(dtype: Any) -> None:
    p, q = rows_of("random", 5_000_000, dtype, np.random.default_rng(22))
    a, b = p.astype(np.longdouble), q.astype(np.longdouble)
    mass, other = a.sum(), b.sum()
    exact = (a * np.log(a / b)).sum() / mass + np.log(other / mass)
    for threads in (1, 2):
        value = _core.fast(p, q, threads)
        assert abs(np.longdouble(value) - exact) / exact <= 5 * np.finfo(dtype).eps / 2


@pytest.mark.parametrize("dtype", FLOATS)
def test_terms_and_log_ratios(core: ModuleType, dtype: Any) -> None:
    rng = np.random.default_rng(23)
    small, large = (1e-300, 1e300) if dtype is np.float64 else (1e-37, 1e37)
    p = np.exp(rng.uniform(np.log(small), np.log(large), 300)).astype(dtype)
    near = [(p * (1 + gap * rng.standard_normal(p.size))).astype(dtype) for gap in (1e-1, 1e-4, 1e-6)]
    far = np.exp(rng.uniform(np.log(small), np.log(large), 300)).astype(dtype)
    moderate = (p * rng.uniform(0.3, 3, p.size)).astype(dtype)
    for q in (*near, moderate, far):
        logs, terms = core.log_ratio(p, q), core.kl_terms(p, q)
        for i, (a, b) in enumerate(zip(p, q, strict=True)):
            exact = mpmath.log(mpf(float(a)) / mpf(float(b)))
            assert logs[i] == 0 if a == b else roundings(logs[i], exact, dtype) <= 3
            term = exact_terms([a], [b])[0]
            if np.finfo(dtype).tiny * 1e10 < term < np.finfo(dtype).max:
                assert roundings(terms[i], term, dtype) <= (
                    7 if core.isa == "sse2" else 5
                )  # no fused product there


@pytest.mark.parametrize("dtype", FLOATS)
def test_terms_at_the_edges(core: ModuleType, dtype: Any) -> None:
    inf, nan, tiny = np.inf, np.nan, np.finfo(dtype).smallest_subnormal
    huge, least = np.finfo(dtype).max, np.finfo(dtype).tiny
    table = [  # p, q, term, log(p/q)
        (0, 0, 0, 0),
        (0, 0.5, 0.5, -inf),
        (0.5, 0, inf, inf),
        (-0.0, 0.5, 0.5, -inf),
        (-1, 0.5, nan, nan),
        (0.5, -1, nan, nan),
        (nan, 0.5, nan, nan),
        (0.5, nan, nan, nan),
        (nan, 0, nan, nan),
        (0, nan, nan, nan),
        (inf, 0.5, inf, inf),
        (0.5, inf, inf, -inf),
        (inf, inf, nan, nan),
        (0, inf, inf, -inf),
        (tiny, tiny, 0, 0),
        (huge, huge, 0, 0),
    ]
    p, q, terms, logs = (np.array(column, dtype=dtype) for column in zip(*table, strict=True))
    for size in (1, 3, len(table)):  # alone, in a padded vector, among whole vectors
        for start in range(len(table) - size + 1):
            part = slice(start, start + size)
            np.testing.assert_array_equal(core.kl_terms(p[part], q[part]), terms[part])
            np.testing.assert_array_equal(core.log_ratio(p[part], q[part]), logs[part])
    for a, b in [
        (tiny, 3 * tiny),
        (least, tiny),
        (huge, huge / 2),
        (huge, tiny),
        (tiny, huge),
        (1.1 * least, least),
    ]:
        pair = np.array([a], dtype), np.array([b], dtype)
        exact = mpmath.log(mpf(float(pair[0][0])) / mpf(float(pair[1][0])))
        assert roundings(core.log_ratio(*pair)[0], exact, dtype) <= 3
        term = core.kl_terms(*pair)[0]
        expected = exact_terms(*pair)[0]
        assert term == (
            np.inf if expected > float(huge) else pytest.approx(float(expected), rel=1e-5, abs=float(tiny))
        )


@pytest.mark.parametrize("dtype", FLOATS)
def test_gradients(core: ModuleType, dtype: Any) -> None:
    rng = np.random.default_rng(24)
    u = float(np.finfo(dtype).eps) / 2
    for regime in ("random", 1e-1, 1e-3, 1e-6):
        for n in (1, 3, 8, 10, 70):
            p, q = rows_of(regime, n, dtype, rng)
            p, q = p * dtype(1.5), q * dtype(0.75)  # the gradients are those of the normalised function
            kl, by_p, by_q = exact_kl(p, q)
            value, grad_p, grad_q = core.kl_divergence_and_grad(p, q)
            assert value == core.kl_divergence(p, q)
            constant = abs(mpmath.log(mpf(2))) + abs(kl)  # what all entries of the row share: log(Q/P) − D
            for i in range(n):
                assert abs(mpf(float(grad_p[i])) - by_p[i]) <= 2.5 * u * (abs(by_p[i]) + constant)
                assert abs(mpf(float(grad_q[i])) - by_q[i]) <= 2.5 * u * (abs(by_q[i]) + 2)


@pytest.mark.parametrize("dtype", FLOATS)
def test_gradients_near_equality_keep_their_digits(core: ModuleType, dtype: Any) -> None:
    rng = np.random.default_rng(25)
    p = rng.integers(1, 100, 64) / 4096
    p[-1] += 1 - p.sum()
    move = rng.integers(-8, 8, 32) * 2.0**-22  # exact in both types, and so are the sums
    q = p + np.concatenate([move, -move])
    p, q = p.astype(dtype), q.astype(dtype)
    assert p.sum(dtype=float) == q.sum(dtype=float) == 1
    kl, by_p, by_q = exact_kl(p, q)
    _, grad_p, grad_q = core.kl_divergence_and_grad(p, q)
    for i in range(64):
        if p[i] == q[i]:
            assert grad_q[i] == 0
        else:
            assert abs(mpf(float(grad_p[i])) - by_p[i]) <= 2.5 * np.finfo(dtype).eps / 2 * (abs(by_p[i]) + kl)
            assert roundings(grad_q[i], by_q[i], dtype) <= 2.5


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("padding", [0, 1, 9])
def test_gradients_at_zeros(core: ModuleType, dtype: Any, padding: int) -> None:
    rest = [0.25 / max(padding, 1)] * padding
    scale = 0.75 if padding else 1
    p = np.array([0, 0, 0.5 * scale, 0.5 * scale, *rest], dtype)
    q = np.array([0.5 * scale, 0, 0.25 * scale, 0.25 * scale, *rest], dtype)
    value, by_p, by_q = core.kl_divergence_and_grad(p, q)
    assert value == pytest.approx(scale * np.log(2), rel=1e-6)
    np.testing.assert_allclose(
        by_p[:4], [-np.inf, 0, np.log(2) - value, np.log(2) - value], rtol=1e-6, atol=1e-7
    )
    np.testing.assert_allclose(by_q[:4], [1, 1, -1, -1], rtol=1e-6)
    value, by_p, by_q = core.kl_divergence_and_grad(q, p)
    assert value == np.inf
    assert by_p[0] == np.inf
    assert by_q[0] == -np.inf
    assert by_p[1] == 0
    assert (by_p[2:] == -np.inf).all()
    np.testing.assert_allclose(by_q[1:4], [1, 0.5, 0.5], rtol=1e-6)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("gap", [1e-12, 1e-6, 1e-3, 0.1, 1.0, 10.0])
def test_logits_are_within_seven_roundings(core: ModuleType, gap: float, dtype: Any) -> None:
    rng = np.random.default_rng(26)
    for n in (1, 2, 3, 5, 8, 10, 33, 65, 300):
        for scale, shift in ((0.1, 0), (1, 3), (4, -50)):
            a = (scale * rng.standard_normal(n)).astype(dtype)
            b = (a + gap * rng.standard_normal(n) + shift).astype(dtype)
            exact, by_a, by_b = exact_softmax_kl(a, b)
            value, grad_a, grad_b = core.kl_divergence_from_logits_and_grad(a, b)
            assert value == core.kl_divergence_from_logits(a, b) == core.unchecked_logits(a, b)
            assert value >= 0
            if exact < 1e-28:
                assert value < 1e-28
                continue
            assert roundings(value, exact, dtype) <= 7
            p = [float(x) for x in np.exp(a - a.max(), dtype=float) / np.exp(a - a.max(), dtype=float).sum()]
            u = float(np.finfo(dtype).eps) / 2
            # What all entries of the row share: D, its spread, and the centre b − a, kept to about u².
            constant = float(mpmath.sqrt(2 * exact) + exact) + abs(shift) * u
            for i in range(n):
                error = abs(float(mpf(float(grad_a[i])) - by_a[i]))
                assert error <= 6 * u * (abs(float(by_a[i])) + p[i] * constant)
                error = abs(float(mpf(float(grad_b[i])) - by_b[i]))
                assert error <= 6 * u * (abs(float(by_b[i])) + p[i] * constant)


@pytest.mark.parametrize("dtype", FLOATS)
def test_logits_of_a_long_row(core: ModuleType, dtype: Any) -> None:
    rng = np.random.default_rng(27)
    for scale, gap in ((1, 1e-3), (4, 0.5), (8, 0.1)):
        a = (scale * rng.standard_normal(5000)).astype(dtype)
        b = (a + gap * rng.standard_normal(a.size)).astype(dtype)
        assert roundings(core.unchecked_logits(a, b), exact_softmax_kl(a, b)[0], dtype) <= 7


@pytest.mark.parametrize("dtype", FLOATS)
def test_logits_far_apart(core: ModuleType, dtype: Any) -> None:
    rng = np.random.default_rng(28)
    for n in (2, 9, 40):
        for gap in (30.0, 100.0, 1e3, 1e4):
            a, b = (gap * rng.standard_normal(n)).astype(dtype), (gap * rng.standard_normal(n)).astype(dtype)
            for shift in (0, -500, 500):
                moved = (b + dtype(shift)).astype(dtype)
                exact = exact_softmax_kl(a, moved)[0]
                if exact > 1e-20:
                    assert roundings(core.kl_divergence_from_logits(a, moved), exact, dtype) <= 7
    low = float(np.finfo(dtype).min)
    a, b = np.array([0, 0, low], dtype), np.array([1, 0, low], dtype)
    assert core.kl_divergence_from_logits(a, b) == core.kl_divergence_from_logits(a[:2], b[:2])
    one_sided = core.kl_divergence_from_logits(np.zeros(4, dtype), np.array([0, 0, 0, low / 2], dtype))
    assert roundings(one_sided, mpf(-low) / 8, dtype) <= 3


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", [3, 4, 11, 40])
def test_masked_logits(core: ModuleType, dtype: Any, n: int) -> None:
    rng = np.random.default_rng(29)
    a, b = rng.standard_normal(n).astype(dtype), rng.standard_normal(n).astype(dtype)
    keep = np.arange(n) % 3 != 1
    masked_a, masked_b = np.where(keep, a, -np.inf).astype(dtype), np.where(keep, b, -np.inf).astype(dtype)
    compute = core.kl_divergence_from_logits_and_grad

    both, by_a, by_b = compute(masked_a, masked_b)
    exact, exact_a, exact_b = exact_softmax_kl(a[keep], b[keep])
    assert roundings(both, exact, dtype) <= 7
    np.testing.assert_allclose(by_a[keep], [float(x) for x in exact_a], rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(by_b[keep], [float(x) for x in exact_b], rtol=1e-4, atol=1e-7)
    assert not by_a[~keep].any()
    assert not by_b[~keep].any()

    in_a, by_a, by_b = compute(masked_a, b)
    q = np.exp(b.astype(float)) / np.exp(b.astype(float)).sum()
    assert in_a == pytest.approx(float(exact) - np.log(q[keep].sum()), rel=1e-5)
    np.testing.assert_allclose(by_b[~keep], q[~keep], rtol=1e-5)
    assert not by_a[~keep].any()

    in_b, by_a, by_b = compute(a, masked_b)
    assert in_b == np.inf
    assert (by_a[~keep] == np.inf).all()
    assert (by_a[keep] == -np.inf).all()
    assert np.isfinite(by_b).all()


@pytest.mark.parametrize("dtype", FLOATS)
def test_logits_that_are_none(core: ModuleType, dtype: Any) -> None:
    inf, nan = np.inf, np.nan
    for n in (2, 4, 19):
        base = np.arange(n, dtype=dtype)
        for bad in (inf, nan):
            for i in (0, n - 1):
                spoilt = base.copy()
                spoilt[i] = bad
                masked = np.where(np.arange(n) == 1, -inf, spoilt).astype(dtype)
                for a, b in (
                    (spoilt, base),
                    (base, spoilt),
                    (spoilt, spoilt),
                    (masked, base),
                    (base, masked),
                ):
                    if i != 1 or not np.isneginf(masked[1]) or (a is not masked and b is not masked):
                        value, by_a, by_b = core.kl_divergence_from_logits_and_grad(a, b)
                        assert np.isnan(value)
                        assert np.isnan(by_a).all()
                        assert np.isnan(by_b).all()
        nothing = np.full(n, -inf, dtype)
        assert np.isnan(core.kl_divergence_from_logits(nothing, base))
        assert np.isnan(core.kl_divergence_from_logits(nothing, nothing))
        assert core.kl_divergence_from_logits(base, nothing) == inf
        assert np.isnan(core.kl_divergence_from_logits(base, np.full(n, nan, dtype)))
    assert core.kl_divergence_from_logits(np.array([5], dtype), np.array([-700], dtype)) == 0
    assert np.isnan(core.kl_divergence_from_logits(np.empty(0, dtype), np.empty(0, dtype)))


@pytest.mark.parametrize("dtype", FLOATS)
def test_zero_where_the_two_are_equal_and_only_there(core: ModuleType, dtype: Any) -> None:
    rng = np.random.default_rng(30)
    for n in (1, 2, 5, 10, 64, 1000):
        p = rng.dirichlet(np.ones(n)).astype(dtype)
        p[::4] = 0 if n > 1 else p[::4]
        assert core.kl_divergence(p, p) == 0
        assert core.kl_divergence(3 * p, 3 * p) == 0
        logits = (5 * rng.standard_normal(n)).astype(dtype)
        assert core.kl_divergence_from_logits(logits, logits) == 0
        if n > 2:  # of two outcomes one is left, and normalised that is one distribution
            other = p.copy()
            other[1] = np.nextafter(other[1], dtype(1))
            assert core.kl_divergence(p, other) > 0
    constant = core.kl_divergence_from_logits(np.full(70, 0.1, dtype), np.full(70, 7.3, dtype))
    assert constant == 0


def test_never_negative_where_only_the_scale_differs(core: ModuleType) -> None:
    rng = np.random.default_rng(31)
    for dtype in FLOATS:
        p = rng.dirichlet(np.ones(20), 500).astype(dtype)
        for factor in (1 + 1e-9, 1.1, 3):
            assert (core.kl_divergence(p, (p * factor).astype(dtype)) >= 0).all()


@pytest.mark.parametrize("dtype", FLOATS)
def test_rows_that_no_distribution_has(core: ModuleType, dtype: Any) -> None:
    for n in (1, 4, 9, 100):
        good = np.full(n, 1 / n, dtype)
        for bad in (np.nan, np.inf, -0.5):
            row = good.copy()
            row[n // 2] = bad
            for p, q in ((row, good), (good, row), (row, row)):
                assert core.fast(p, q) is None
                assert np.isnan(core.kl_divergence(p, q)), (bad, n)
                assert np.isnan(core.kl_divergence(np.tile(p, (9, 1)), q)).all()
                assert core.fast(np.tile(p, (9, 1)), np.tile(q, (9, 1))) is None
        assert np.isnan(core.kl_divergence(np.zeros(n, dtype), good))
        assert core.kl_divergence(good, np.zeros(n, dtype)) == np.inf
    assert np.isnan(core.kl_divergence(np.empty(0, dtype), np.empty(0, dtype)))
    huge = np.array([0.5, 0.25]) * float(np.finfo(dtype).max)
    assert core.kl_divergence(huge.astype(dtype), huge[::-1].astype(dtype)) == pytest.approx(
        np.log(2) / 3, rel=1e-6
    )


def test_tolerance_is_the_one_of_validation() -> None:
    for n in (1, 2, 10, 1000, 10**6, 10**12):
        for dtype in ("float64", "float32"):
            assert _core.sum_tolerance(dtype, n) == sum_tolerance(dtype, n)
    with pytest.raises(ValueError, match="float16"):
        _core.sum_tolerance("float16", 3)


@pytest.mark.parametrize("dtype", FLOATS)
def test_fast_holds_rows_to_the_tolerance(core: ModuleType, dtype: Any) -> None:
    for n in (2, 16, 256):
        for rows in ((n,), (11, n)):
            p = np.full(rows, 1 / n, dtype)
            limit = sum_tolerance(np.dtype(dtype).name, n)
            for share, accepted in ((0.9, True), (-0.9, True), (1.2, False), (-1.2, False)):
                q = p.copy()
                q.reshape(-1, n)[-1, 0] += dtype(share * limit)
                assert (core.fast(p, q) is not None) == accepted
                assert (core.fast(q, p) is not None) == accepted


def test_fast_answers_in_the_callers_type() -> None:
    for dtype in FLOATS:
        p = np.full((2, 3, 4), 0.25, dtype)
        assert type(_core.fast(p[0, 0], p[0, 0])) is dtype
        rows = _core.fast(p, p)
        assert rows.shape == (2, 3)
        assert rows.dtype == dtype
        assert _core.fast(np.empty((0, 4), dtype), np.empty((0, 4), dtype)).shape == (0,)
    infinite = _core.fast(np.array([0.5, 0.5]), np.array([1.0, 0]))
    assert infinite == np.inf


class Subclass(np.ndarray[Any, Any]):
    """An array of a type that may mean something else."""


def misaligned(x: Array) -> Array:
    store = np.empty(x.nbytes + 1, np.uint8)
    view: Array = store[1:].view(x.dtype)
    view[...] = x
    return view


def test_fast_leaves_all_that_is_not_simple_to_python(core: ModuleType) -> None:
    p = np.array([0.25, 0.25, 0.5, 0.0])
    left = [
        (p[::-1], p),
        (np.tile(p, 2)[::2], p),
        (misaligned(p), p),
        (p.astype(">f8"), p),
        (p.view(Subclass), p),
        (np.ma.masked_array(p), p),
        (p.astype(object), p),
        (p.astype(np.float16), p.astype(np.float16)),
        (p.astype(np.longdouble), p.astype(np.longdouble)),
        (p.astype(np.float32), p),
        (p.astype(complex), p),
        (p.astype(int), p),
        (p[:3], p),
        (np.tile(p, (2, 1)), p),
        (np.asfortranarray(np.tile(p, (3, 1))), np.tile(p, (3, 1))),
        (np.array(1.0), np.array(1.0)),
        (np.empty(0), np.empty(0)),
        (np.empty((3, 0)), np.empty((3, 0))),
        (np.zeros(2, "f8,f8"), np.zeros(2, "f8,f8")),
        (np.array(["a"]), np.array(["a"])),
        ([0.5, 0.5], [0.5, 0.5]),
        (None, None),
        (1.0, 1.0),
        ("p", b"q"),
    ]
    for a, b in left:
        for function in (core.fast, core.unchecked, core.unchecked_logits):
            assert function(a, b) is None
            assert function(b, a) is None
    read_only = p.copy()
    read_only.flags.writeable = False
    assert core.fast(read_only, p) == 0


def test_wrong_calls_are_refused() -> None:
    p = np.array([0.5, 0.5])
    for args in ((), (p,), (p, p, 1, 1)):
        with pytest.raises(TypeError, match="takes two or three arguments"):
            _core.fast(*args)
    with pytest.raises(TypeError):
        _core.fast(p, p, "two")
    for threads in (0, -1, 10**6, 10**30):
        with pytest.raises((ValueError, OverflowError)):
            _core.fast(p, p, threads)
    with pytest.raises(ValueError, match="isa_levels"):
        _core.variant("abacus")


FUNCTIONS = {
    "kl_divergence": portable.kl_divergence,
    "kl_divergence_from_logits": portable.kl_divergence_from_logits,
    "kl_terms": portable.kl_terms,
    "log_ratio": portable.log_ratio,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_any_strides_and_shapes_agree_with_the_portable_formulas(
    core: ModuleType, name: str, dtype: Any
) -> None:
    rng = np.random.default_rng(32)
    views = (
        lambda x: x,
        lambda x: x[..., ::-1],
        lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
        lambda x: np.asfortranarray(x),
        lambda x: np.swapaxes(np.swapaxes(x, 0, -1).copy(), 0, -1),
        lambda x: x.astype(x.dtype.newbyteorder()),
        lambda x: misaligned(x.ravel()).reshape(x.shape),
    )
    for trial in range(120):
        n = int(rng.choice([1, 2, 3, 4, 5, 9, 31, 64, 66, 600]))
        shapes = [((n,), (n,)), ((3, n), (n,)), ((n,), (2, 1, n)), ((5, 1, n), (1, 4, n)), ((13, n), (13, n))]
        shape_p, shape_q = shapes[trial % len(shapes)]
        p, q = rng.random(shape_p).astype(dtype), rng.random(shape_q).astype(dtype)
        if rng.random() < 0.3 and n > 2:
            p[..., 1] = 0
        a, b = views[rng.integers(len(views))](p), views[rng.integers(len(views))](q)
        expected = FUNCTIONS[name](np, a.astype(np.float64), b.astype(np.float64))
        tolerance = 40 * float(np.finfo(dtype).eps)
        np.testing.assert_allclose(getattr(core, name)(a, b), expected, rtol=tolerance, atol=tolerance)


def test_gradients_of_any_strides_are_those_of_copies(core: ModuleType) -> None:
    rng = np.random.default_rng(33)
    for name in ("kl_divergence_and_grad", "kl_divergence_from_logits_and_grad"):
        function = getattr(core, name)
        for n in (1, 5, 600, 1030):
            p, q = rng.dirichlet(np.ones(n), 3), rng.dirichlet(np.ones(n), (2, 1))
            plain = function(*np.broadcast_arrays(p, q))
            spread = np.repeat(p, 2, axis=-1)[..., ::2]
            out = tuple(np.empty((*shape, 2))[..., 0] for shape in ((2, 3), (2, 3, n), (2, 3, n)))
            for found in (function(p, q), function(spread, np.asfortranarray(q)), function(p, q, out=out)):
                for x, y in zip(plain, found, strict=True):
                    np.testing.assert_allclose(x, y, rtol=1e-13, atol=1e-15)


def test_outputs_may_be_inputs(core: ModuleType) -> None:
    rng = np.random.default_rng(34)
    p, q = rng.random(1003), rng.random(1003)
    for function in (core.kl_terms, core.log_ratio):
        expected = function(p, q)
        for k in (0, 1):
            given = [p.copy(), q.copy()]
            function(*given, out=given[k])
            np.testing.assert_array_equal(given[k], expected)
        shifted = np.concatenate([p, [0.5]])
        function(shifted[:-1], q, out=shifted[1:])
        np.testing.assert_array_equal(shifted[1:], expected)


def test_threads_give_the_same_rows() -> None:
    rng = np.random.default_rng(35)
    for shape in ((700, 500), (3, 300_000), (1, 500_001), (400_000, 2)):
        for dtype in FLOATS:
            p, q = rng.random(shape), rng.random(shape)
            p, q = ((x / x.sum(-1, keepdims=True)).astype(dtype) for x in (p, q))
            for function in (_core.fast, _core.unchecked, _core.unchecked_logits):
                alone = function(p, q, 1)
                for threads in (2, 3, 7):
                    np.testing.assert_allclose(function(p, q, threads), alone, rtol=4 * np.finfo(dtype).eps)
            p[-1, -1] = -1
            assert _core.fast(p, q, 2) is None


def test_calls_from_many_threads_at_once() -> None:
    rng = np.random.default_rng(36)
    p, q = rng.dirichlet(np.ones(30_000)), rng.dirichlet(np.ones(30_000))
    expected = _core.fast(p, q)
    found: list[float] = []
    workers = [
        threading.Thread(target=lambda: found.extend(_core.fast(p, q) for _ in range(20))) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [expected] * 80


def test_no_warning_is_left_for_numpy(core: ModuleType) -> None:
    p, q = np.array([0, 0, 0.5, 0.5, 1e-320]), np.array([0, 0.5, 0, 0.5, 1e300])
    with np.errstate(all="raise"):
        for name in (*FUNCTIONS, "kl_divergence_and_grad", "kl_divergence_from_logits_and_grad"):
            getattr(core, name)(p, q)
            getattr(core, name)(np.array([np.nan, -1]), np.array([np.inf, -np.inf]))


def test_coefficients_are_those_of_the_generator() -> None:
    path = ROOT / "tools" / "coefficients.py"
    spec = importlib.util.spec_from_file_location("coefficients", path)
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    header = ROOT / "src/kullback/kernels/native/core/coefficients.hpp"
    assert header.read_text(encoding="utf-8") == generator.header()


def test_without_the_core_numpy_serves_and_says_so() -> None:
    code = """
import sys
sys.modules["kullback.kernels.native._core"] = None
import numpy as np
from kullback.kernels import native
import kullback.kernels.numpy as primitives
assert not native.available
assert native.core is None
assert "C++" in native.reason
p, q = np.array([0.25, 0.75]), np.array([0.5, 0.5])
assert native.fast(p, q) is None
assert abs(primitives.kl_divergence(p, q) - 0.13081203594113697) < 1e-15
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
