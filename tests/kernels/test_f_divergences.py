"""The symmetric and bounded relatives of D(p ‖ q), against their textbook definitions in 60 digits."""

import math

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from tests.kernels import exact_values as exact
from tests.kernels.frameworks import MAKERS, numbers

import kullback
import kullback.errors

RNG = np.random.default_rng(7)
FUNCTIONS = {
    "js_divergence": exact.js,
    "js_distance": exact.js_distance,
    "jeffreys_divergence": exact.jeffreys,
    "total_variation": exact.total_variation,
    "hellinger_distance": exact.hellinger,
    "chi2_divergence": exact.chi2,
}
SYMMETRIC = [name for name in FUNCTIONS if name != "chi2_divergence"]


def pairs():
    """Random, far apart, with zeros, and near each other down to the last digits."""
    for n in (2, 5, 60):
        p, q = RNG.dirichlet(np.ones(n)), RNG.dirichlet(np.ones(n))
        yield "random", p, q
        far = [np.exp(RNG.uniform(-60, 0, n)) for _ in "pq"]
        yield "far", *(x / x.sum() for x in far)
        for gap in (1e-1, 1e-3, 1e-6, 1e-9, 1e-12):
            near = p * (1 + gap * RNG.standard_normal(n))
            yield f"near {gap}", p, near / near.sum()
        p, q = p.copy(), q.copy()
        p[0] = q[-1] = 0
        yield "zeros", p / p.sum(), q / q.sum()


PAIRS = list(pairs())


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_six_units_in_every_regime(name, dtype):
    function, definition = getattr(kullback, name), FUNCTIONS[name]
    u = np.finfo(dtype).eps / 2
    for regime, p, q in PAIRS:
        p, q = p.astype(dtype), q.astype(dtype)
        value, exactly = function(p, q), definition(p, q)
        assert value.dtype == dtype
        if exactly < 30 * u * u:  # float32 cannot hold a gap of 1e-9
            continue
        if exactly == math.inf:
            assert value == math.inf
        else:
            assert abs(float((exact.mpf(float(value)) - exactly) / exactly)) < 6 * u, (regime, value)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("framework", [f for f in MAKERS if f != "numpy"])
def test_every_framework_agrees_with_numpy(name, framework):
    function, make = getattr(kullback, name), MAKERS[framework]
    for _, p, q in PAIRS:
        found, expected = numbers(function(make(p), make(q))), function(p, q)
        np.testing.assert_allclose(found, expected, rtol=8 * 2.0**-53, atol=0)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_equal_distributions_are_at_exactly_zero(name):
    for _, p, q in PAIRS:
        assert getattr(kullback, name)(p, p.copy()) == 0
        assert getattr(kullback, name)(q * 3, q * 6, normalize=True) == 0


@pytest.mark.parametrize("name", SYMMETRIC)
def test_symmetry(name):
    for _, p, q in PAIRS:
        forward, backward = getattr(kullback, name)(p, q), getattr(kullback, name)(q, p)
        np.testing.assert_allclose(forward, backward, rtol=12 * 2.0**-53, atol=0)


def test_certain_and_different_outcomes_are_as_far_apart_as_can_be():
    p, q = [1.0, 0.0, 0.0], [0.0, 0.25, 0.75]
    assert kullback.js_divergence(p, q) == math.log(2)
    assert kullback.js_divergence(p, q, unit="bits") == 1
    assert kullback.js_distance(p, q, unit="bits") == 1
    assert kullback.total_variation(p, q) == 1
    assert kullback.hellinger_distance(p, q) == 1
    assert kullback.jeffreys_divergence(p, q) == math.inf
    assert kullback.chi2_divergence(p, q) == math.inf
    assert kullback.chi2_divergence(q, [0.25, 0.25, 0.5]) == pytest.approx(0.25 + 0.125)


def test_the_unit_goes_under_the_root_of_the_distance():
    p, q = PAIRS[0][1:]
    bits = kullback.js_divergence(p, q, unit="bits")
    assert kullback.js_distance(p, q, unit="bits") ** 2 == pytest.approx(bits, rel=1e-15)
    assert kullback.js_distance(p, q, unit="bits") == pytest.approx(jensenshannon(p, q, base=2), rel=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_options_mean_what_they_mean_for_kl_divergence(name):
    function = getattr(kullback, name)
    p, q = RNG.dirichlet(np.ones(4), size=3), RNG.dirichlet(np.ones(4), size=3)
    rows = [function(a, b) for a, b in zip(p, q, strict=True)]
    np.testing.assert_allclose(function(p.T, q.T, axis=0), rows, rtol=1e-15)
    np.testing.assert_allclose(function(p, q, keepdims=True)[:, 0], rows, rtol=1e-15)
    np.testing.assert_allclose(function(p * 9, q * 2, normalize=True), rows, rtol=1e-14)
    wider = np.concatenate([p, np.full((3, 1), np.nan)], -1), np.concatenate([q, np.ones((3, 1))], -1)
    np.testing.assert_allclose(function(*wider, where=np.arange(5) < 4), rows, rtol=1e-15)
    with pytest.raises(kullback.errors.NormalizationError):
        function(p * 2, q)
    assert np.isfinite(function(p * 2, q * 2, validate=False)).all()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_sums_within_the_tolerance_are_divided_out(name):
    p, q = PAIRS[0][1:]
    p, q = p * (1 + 8e-10), q * (1 - 8e-10)
    exactly = float(FUNCTIONS[name](p, q))
    assert getattr(kullback, name)(p, q) == pytest.approx(exactly, rel=1e-15, abs=0)
