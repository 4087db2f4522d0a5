"""The primitives for NumPy arrays, with the compiled core and without it: the same answers."""

from typing import Any

import numpy as np
import pytest
from mpmath import exp, fsum, log, mpf, workdps

from kullback.kernels import native
from kullback.kernels import numpy as primitives

ROADS = [
    pytest.param(
        native.core, id="compiled", marks=pytest.mark.skipif(not native.available, reason=native.reason)
    ),
    pytest.param(None, id="portable"),
]
TWO_ARGUMENTS = (
    "log_ratio",
    "kl_terms",
    "kl_divergence",
    "kl_divergence_from_logits",
    "kl_divergence_of_weights",
)
WITH_GRADIENTS = ("kl_divergence_and_grad", "kl_divergence_from_logits_and_grad")
FLOATS = (np.float64, np.float32)


@pytest.fixture(autouse=True, params=ROADS)
def road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(primitives, "_core", request.param)
    return request.param


def kl(p: Any, q: Any) -> Any:
    """The textbook sum of the normalised vectors, in 50 digits."""
    with workdps(50):
        ps, qs = [mpf(float(x)) for x in p], [mpf(float(x)) for x in q]
        mass, other = fsum(ps), fsum(qs)
        return fsum(a / mass * log((a / mass) / (b / other)) for a, b in zip(ps, qs, strict=True) if a)


def roundings(value: Any, exact: Any, dtype: Any) -> float:
    with workdps(50):
        return float(abs((mpf(float(value)) - exact) / exact)) / (float(np.finfo(dtype).eps) / 2)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("gap", [1.0, 1e-2, 1e-5, 1e-8])
def test_the_two_roads_are_exact(gap: float, dtype: Any) -> None:
    rng = np.random.default_rng(40)
    for n in (2, 10, 100):
        p = rng.dirichlet(np.ones(n))
        q = np.abs(p * (1 + gap * rng.standard_normal(n)))
        p, q = p.astype(dtype), (q / q.sum()).astype(dtype)
        exact = kl(p, q)
        if exact > 1e-25:
            assert roundings(primitives.kl_divergence(p, q), exact, dtype) <= 5
            # a power of two for one and not for the other, so that the weights are exact and the sums differ
            assert roundings(primitives.kl_divergence_of_weights(p * 4, q), exact, dtype) <= 5


@pytest.mark.parametrize("name", TWO_ARGUMENTS)
@pytest.mark.parametrize("dtype", [*FLOATS, np.float16, np.int64])
def test_types_and_shapes(name: str, dtype: Any) -> None:
    function = getattr(primitives, name)
    p, q = np.ones((2, 1, 4), dtype), np.array([1, 2, 3, 4], dtype)
    wide = {np.float64: np.float64, np.int64: np.float64}.get(dtype, np.float32)
    row = function(p, q)
    elementwise = name in ("log_ratio", "kl_terms")
    assert row.shape == ((2, 1, 4) if elementwise else (2, 1))
    assert row.dtype == wide
    alone = function(q, q)
    if not elementwise:
        assert type(alone) is wide
    assert not np.any(alone)
    assert np.all(function(p.tolist(), q.tolist()) == function(p.astype(float), q.astype(float)))


@pytest.mark.parametrize("name", WITH_GRADIENTS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_gradients_by_differences(name: str, dtype: Any) -> None:
    rng = np.random.default_rng(41)
    p, q = rng.dirichlet(np.ones(5), (3, 1)).astype(dtype), rng.dirichlet(np.ones(5), 2).astype(dtype)
    value, by_p, by_q = getattr(primitives, name)(p, q)
    assert value.shape == (3, 2)
    assert by_p.shape == by_q.shape == (3, 2, 5)
    assert value.dtype == by_p.dtype == by_q.dtype == dtype
    function = getattr(primitives, name.removesuffix("_and_grad"))
    step = 1e-6
    wide_p, wide_q = p.astype(np.float64), q.astype(np.float64)
    for i in range(5):
        move = np.where(np.arange(5) == i, step, 0)
        slope_p = (function(wide_p + move, wide_q) - function(wide_p - move, wide_q)) / (2 * step)
        slope_q = (function(wide_p, wide_q + move) - function(wide_p, wide_q - move)) / (2 * step)
        np.testing.assert_allclose(by_p[..., i], slope_p, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(by_q[..., i], slope_q, rtol=1e-4, atol=1e-5)


def test_gradients_at_the_edges_of_the_simplex() -> None:
    p, q = np.array([0, 0, 0.5, 0.5]), np.array([0.5, 0, 0.25, 0.25])
    value, by_p, by_q = primitives.kl_divergence_and_grad(p, q)
    assert value == pytest.approx(np.log(2))
    np.testing.assert_allclose(by_p, [-np.inf, 0, 0, 0], atol=1e-15)
    np.testing.assert_allclose(by_q, [1, 1, -1, -1])
    value, by_p, by_q = primitives.kl_divergence_and_grad(q, p)
    assert value == np.inf
    np.testing.assert_array_equal(by_p, [np.inf, 0, -np.inf, -np.inf])
    np.testing.assert_array_equal(by_q, [-np.inf, 1, 0.5, 0.5])


def test_gradients_of_masked_logits() -> None:
    inf = np.inf
    a, b = np.array([0.0, 1, -inf]), np.array([0.5, 0.5, -inf])
    value, by_a, by_b = primitives.kl_divergence_from_logits_and_grad(a, b)
    p = np.array([1, np.e]) / (1 + np.e)
    assert value == pytest.approx(np.sum(p * np.log(2 * p)))
    np.testing.assert_allclose(by_a, [*(p * (np.log(2 * p) - value)), 0])
    np.testing.assert_allclose(by_b, [*(0.5 - p), 0])
    value, by_a, by_b = primitives.kl_divergence_from_logits_and_grad(a, np.array([0.5, -inf, -inf]))
    assert value == inf
    np.testing.assert_array_equal(by_a, [-inf, inf, 0])
    np.testing.assert_allclose(by_b, [1 - p[0], -p[1], 0])


@pytest.mark.parametrize("name", ["kl_divergence", "kl_divergence_from_logits"])
def test_threads_change_nothing(name: str) -> None:
    rng = np.random.default_rng(42)
    p, q = rng.dirichlet(np.ones(1000), 300), rng.dirichlet(np.ones(1000), 300)
    function = getattr(primitives, name)
    np.testing.assert_array_equal(function(p, q, threads=2), function(p, q))


def test_log1pmx_and_expm1mx() -> None:
    t = np.array([-1, -0.5, -1e-9, 0, 1e-9, 0.3, 2, 50])
    with workdps(50):
        logs = [float(log(1 + mpf(float(x))) - mpf(float(x))) if x > -1 else -np.inf for x in t]
        exps = [float(exp(mpf(float(x))) - 1 - mpf(float(x))) for x in t]
    np.testing.assert_allclose(primitives.log1pmx(t), logs, rtol=1e-15)
    np.testing.assert_allclose(primitives.expm1mx(t), exps, rtol=1e-15)


def test_no_warning_for_zeros_and_infinities() -> None:
    p, q = np.array([0, 0.5, 0.5, 0]), np.array([0.5, 0, 0.5, 0])
    with np.errstate(all="raise"):
        assert primitives.kl_divergence(p, q) == np.inf
        assert primitives.kl_divergence_of_weights(p, q) == np.inf
        for name in WITH_GRADIENTS:
            getattr(primitives, name)(p, q)
        masked = np.where(p == 0, -np.inf, 0.0)
        assert primitives.kl_divergence_from_logits(masked, masked) == 0
        assert np.isnan(primitives.kl_divergence(np.zeros(3), np.zeros(3)))
