"""Divergences with an order, against their definitions in 60 digits, and the orders that have names."""

import math

import numpy as np
import pytest
import torch
from tests.kernels import exact_values as exact
from tests.kernels.frameworks import MAKERS, numbers
from tests.kernels.test_f_divergences import PAIRS

import kullback
from kullback.errors import InvalidInputError

ALPHAS = [-2, -0.5, 0, 1e-3, 0.2, 0.49, 0.5, 0.8, 0.999, 1, 1.001, 1.5, 2, 3]
RENYI = [alpha for alpha in ALPHAS if alpha >= 0] + [20, math.inf]


def off(value, exactly):
    return abs(float((exact.mpf(float(value)) - exactly) / exactly))


@pytest.mark.parametrize(
    ("name", "definition", "alpha"),
    [("alpha_divergence", exact.alpha_divergence, a) for a in ALPHAS]
    + [("renyi_divergence", exact.renyi, a) for a in RENYI],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_stated_accuracy(name, definition, alpha, dtype):
    u = np.finfo(dtype).eps / 2
    for regime, p, q in PAIRS:
        p, q = p.astype(dtype), q.astype(dtype)
        value, exactly = getattr(kullback, name)(p, q, alpha), definition(p, q, alpha)
        assert value.dtype == dtype
        inside = (p > 0) & (q > 0)
        steep = np.abs(np.log(p[inside].astype(float) / q[inside])).max(initial=0)
        allowed = (8 + (1 + min(abs(2 * alpha - 1), 80)) * steep) * u
        if exactly == math.inf or exactly > np.finfo(dtype).max:
            assert value == math.inf
        elif exactly == 0:
            assert value == 0
        elif exactly > 100 * u * u:
            assert off(value, exactly) < allowed, (regime, value)


@pytest.mark.parametrize("framework", [f for f in MAKERS if f != "numpy"])
@pytest.mark.parametrize("name", ["alpha_divergence", "renyi_divergence"])
@pytest.mark.parametrize("alpha", [0, 0.2, 0.7, 1, 1.5, 3])
def test_every_framework_agrees_with_numpy(framework, name, alpha):
    function, make = getattr(kullback, name), MAKERS[framework]
    for _, p, q in PAIRS:
        found, expected = numbers(function(make(p), make(q), alpha)), function(p, q, alpha)
        np.testing.assert_allclose(found, expected, rtol=(12 + alpha * 60) * 2.0**-53, atol=0)


def test_orders_with_names():
    _, p, q = PAIRS[0]
    at = lambda alpha: kullback.alpha_divergence(p, q, alpha)  # noqa: E731 (a short word for this test)
    assert at(1) == kullback.kl_divergence(p, q)
    assert at(0) == kullback.kl_divergence(q, p)
    assert at(2) == pytest.approx(kullback.chi2_divergence(p, q) / 2, rel=1e-14)
    assert at(-1) == pytest.approx(kullback.chi2_divergence(q, p) / 2, rel=1e-14)
    assert at(0.5) == pytest.approx(4 * kullback.hellinger_distance(p, q) ** 2, rel=1e-14)
    assert kullback.renyi_divergence(p, q, 1) == kullback.kl_divergence(p, q)
    assert kullback.renyi_divergence(p, q, 2) == pytest.approx(
        math.log1p(kullback.chi2_divergence(p, q)), rel=1e-14
    )
    assert kullback.renyi_divergence(p, q, math.inf) == pytest.approx(math.log((p / q).max()), rel=1e-14)


def test_the_orders_are_continuous_at_their_special_values():
    _, p, q = PAIRS[0]
    for alpha in (0, 1):
        for function in (kullback.alpha_divergence, kullback.renyi_divergence):
            at, beside = function(p, q, alpha), function(p, q, alpha + 1e-12)
            assert beside == pytest.approx(at, rel=1e-10, abs=1e-10)


def test_swapping_the_arguments_mirrors_the_order():
    for _, p, q in PAIRS:
        for alpha in (-0.5, 0.2, 0.5, 0.8, 1.5):
            mirrored = kullback.alpha_divergence(q, p, 1 - alpha)
            np.testing.assert_allclose(kullback.alpha_divergence(p, q, alpha), mirrored, rtol=1e-13)


def test_zeros():
    p, q = [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]
    assert kullback.renyi_divergence(p, q, 0) == math.log(2)
    assert kullback.renyi_divergence(p, q, 0.5) == pytest.approx(2 * math.log(2))
    assert kullback.renyi_divergence([1.0, 0.0], [0.0, 1.0], 0.5) == math.inf
    for alpha in (1, 1.5, 30, math.inf):
        assert kullback.renyi_divergence(p, q, alpha) == math.inf
        assert kullback.renyi_divergence([0.0, 1.0], [0.5, 0.5], alpha) == pytest.approx(math.log(2))
    for alpha in (-1, 0, 1, 2):
        assert kullback.alpha_divergence(p, q, alpha) == math.inf
    assert kullback.alpha_divergence(p, q, 0.5) == pytest.approx(2)
    assert kullback.alpha_divergence([0.5, 0.5, 0.0], [0.25, 0.75, 0.0], -1) == pytest.approx(0.125)


def test_large_orders_do_not_overflow():
    p, q = [1 - 1e-9, 1e-9], [1e-9, 1 - 1e-9]
    for alpha in (20, 1000, 1e6):
        value = kullback.renyi_divergence(p, q, alpha)
        assert value == pytest.approx(float(exact.renyi(p, q, alpha)), rel=1e-14)
    steep = np.array([1e-30, 1 - 1e-30]), np.array([1e-300, 1.0])
    exactly = exact.alpha_divergence(*steep, 2.2)  # (p/q)^1.2 overflows, p (p/q)^1.2 does not
    assert off(kullback.alpha_divergence(*steep, 2.2), exactly) < 1e-12
    assert kullback.alpha_divergence(*steep, 3) == math.inf or exact.alpha_divergence(*steep, 3) < 1e308


@pytest.mark.parametrize("alpha", [-1, -1e-300, math.nan, -math.inf])
def test_renyi_orders_start_at_zero(alpha):
    with pytest.raises(InvalidInputError, match=r"alpha=.*orders from 0 to inf.*swap"):
        kullback.renyi_divergence([0.5, 0.5], [0.5, 0.5], alpha)


@pytest.mark.parametrize("alpha", [math.inf, -math.inf, math.nan])
def test_alpha_orders_are_finite(alpha):
    with pytest.raises(InvalidInputError, match="finite orders"):
        kullback.alpha_divergence([0.5, 0.5], [0.5, 0.5], alpha)


@pytest.mark.parametrize("alpha", ["2", True, None, np.ones(2), torch.tensor(2.0)])
@pytest.mark.parametrize("name", ["alpha_divergence", "renyi_divergence"])
def test_the_order_is_a_python_number(name, alpha):
    with pytest.raises(InvalidInputError, match="is not a Python number"):
        getattr(kullback, name)([0.5, 0.5], [0.5, 0.5], alpha)


def test_numpy_numbers_are_orders():
    p, q = [0.5, 0.5], [0.25, 0.75]
    for alpha in (np.float64(2), np.float32(2), np.int64(2)):
        assert kullback.renyi_divergence(p, q, alpha) == kullback.renyi_divergence(p, q, 2)
