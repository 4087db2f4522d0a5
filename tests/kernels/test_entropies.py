"""Entropies and joint tables against their definitions in 60 digits, and the identities between them."""

import math

import numpy as np
import pytest
import scipy.stats
from tests.kernels import exact_values as exact
from tests.kernels.frameworks import MAKERS, numbers
from tests.kernels.test_f_divergences import PAIRS

import kullback
from kullback.errors import NormalizationError, ShapeError

RNG = np.random.default_rng(11)


@pytest.fixture(params=MAKERS)
def make(request):
    return MAKERS[request.param]


def off(value, exactly):
    return abs(float((exact.mpf(float(value)) - exactly) / exactly))


def tables(gap, dtype=np.float64):
    """A joint table at a relative distance `gap` from independence, and one that far from it."""
    for k, n in ((2, 2), (3, 4), (8, 20)):
        joint = RNG.dirichlet(np.ones(k))[:, None] * RNG.dirichlet(np.ones(n))
        p = joint * (1 + gap * RNG.uniform(-0.9, 0.9, (k, n)))
        q = p * (1 + gap * RNG.uniform(-0.9, 0.9, (k, n)))
        yield (p / p.sum()).astype(dtype), (q / q.sum()).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_entropies_to_six_units(dtype):
    u = np.finfo(dtype).eps / 2
    for regime, p, q in PAIRS:
        p, q = p.astype(dtype), q.astype(dtype)
        assert off(kullback.entropy(p), exact.entropy(p)) < 6 * u if exact.entropy(p) else True
        exactly = exact.cross_entropy(p, q)
        value = kullback.cross_entropy(p, q)
        assert value == math.inf if exactly == math.inf else off(value, exactly) < 6 * u, regime


@pytest.mark.parametrize("rest", [1e-3, 1e-10, 1e-17, 1e-30])
def test_near_certain_outcomes(make, rest):
    p = np.array([1 - rest, rest * 0.75, rest * 0.25])
    q = np.array([1 - rest / 3, rest / 3, 0.0])
    assert off(kullback.entropy(make(p)), exact.entropy(p)) < 6 * 2.0**-53
    assert (
        off(kullback.cross_entropy(make([1.0, 0.0, 0.0]), make(q)), exact.cross_entropy([1, 0, 0], q))
        < 2.0**-50
    )


def test_certainty_and_ignorance(make):
    assert float(kullback.entropy(make([0.0, 1.0, 0.0]))) == 0
    assert float(kullback.entropy(make([0.25] * 4), unit="bits")) == pytest.approx(2, rel=1e-15)
    assert float(kullback.cross_entropy(make([0.0, 1.0]), make([0.0, 1.0]))) == 0
    assert float(kullback.cross_entropy(make([0.5, 0.5]), make([0.0, 1.0]))) == math.inf


def test_scipy_agrees():
    _, p, q = PAIRS[0]
    assert kullback.entropy(p) == pytest.approx(scipy.stats.entropy(p), rel=1e-14)
    total = scipy.stats.entropy(p) + scipy.stats.entropy(p, q)
    assert kullback.cross_entropy(p, q) == pytest.approx(total, rel=1e-14)


def test_cross_entropy_is_entropy_and_divergence():
    for _, p, q in PAIRS:
        total = kullback.entropy(p) + kullback.kl_divergence(p, q)
        np.testing.assert_allclose(kullback.cross_entropy(p, q), total, rtol=1e-14)


def test_options(make):
    p, q = RNG.dirichlet(np.ones(4), size=3), RNG.dirichlet(np.ones(4), size=3)
    rows = [float(exact.entropy(row)) for row in p]
    np.testing.assert_allclose(numbers(kullback.entropy(make(p.T.copy()), axis=0)), rows, rtol=1e-14)
    np.testing.assert_allclose(numbers(kullback.entropy(make(p), unit="bits")), np.array(rows) / math.log(2))
    np.testing.assert_allclose(numbers(kullback.entropy(make(p * 5), normalize=True)), rows, rtol=1e-14)
    assert kullback.entropy(make(p / 3), axis=None).shape == ()
    assert kullback.cross_entropy(make(p), make(q), keepdims=True).shape == (3, 1)
    wider = make(np.concatenate([p, np.ones((3, 1))], -1))
    np.testing.assert_allclose(numbers(kullback.entropy(wider, where=[True] * 4 + [False])), rows, rtol=1e-14)


@pytest.mark.parametrize("gap", [1.0, 1e-1, 1e-3, 1e-6])
def test_mutual_information_to_eight_units(make, gap):
    for p, _ in tables(gap):
        exactly = exact.mutual_information(p)
        value = exact.mpf(float(kullback.mutual_information(make(p))))
        assert abs(value - exactly) < 8 * 2.0**-53 * exactly + 100 * 2.0**-106


def test_mutual_information_in_float32():
    for p, _ in tables(1e-2, np.float32):
        exactly = exact.mutual_information(p)
        value = exact.mpf(float(kullback.mutual_information(p)))
        assert abs(value - exactly) < 8 * 2.0**-24 * exactly + 100 * 2.0**-48


def test_mutual_information_of_counts_and_of_independence(make):
    assert float(kullback.mutual_information(make(np.array([[3, 1], [6, 2]])), normalize=True)) == 0
    value = kullback.mutual_information(make(np.array([[3.0, 1.0], [1.0, 3.0]])), normalize=True)
    assert off(value, exact.mutual_information([[3, 1], [1, 3]])) < 6 * 2.0**-53
    with_zeros = [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]
    assert float(kullback.mutual_information(make(with_zeros), unit="bits")) == pytest.approx(1, rel=1e-15)


def test_mutual_information_is_symmetric_and_keeps_batch_axes(make):
    joint = RNG.dirichlet(np.ones(12), size=5).reshape(5, 3, 4)
    rows = [float(exact.mutual_information(table)) for table in joint]
    np.testing.assert_allclose(numbers(kullback.mutual_information(make(joint))), rows, rtol=1e-13)
    np.testing.assert_allclose(
        numbers(kullback.mutual_information(make(joint), axis=(2, 1))), rows, rtol=1e-13
    )
    moved = make(np.moveaxis(joint, 0, -1).copy())
    np.testing.assert_allclose(numbers(kullback.mutual_information(moved, axis=(0, 1))), rows, rtol=1e-13)
    assert kullback.mutual_information(make(joint), keepdims=True).shape == (5, 1, 1)


@pytest.mark.parametrize("axis", [-1, (0,), (0, 1, 2), None])
def test_mutual_information_has_two_axes(axis):
    with pytest.raises(ShapeError, match="mutual information has two"):
        kullback.mutual_information(np.full((2, 2), 0.25), axis=axis)
    with pytest.raises(ShapeError, match="names an axis twice"):
        kullback.mutual_information(np.full((2, 2), 0.25), axis=(1, -1))


@pytest.mark.parametrize("gap", [1.0, 1e-3, 1e-6, 1e-9, 1e-12])
def test_conditional_divergence_to_six_units(make, gap):
    for p, q in tables(gap):
        assert (
            off(kullback.conditional_kl_divergence(make(p), make(q)), exact.conditional(p, q)) < 6 * 2.0**-53
        )


@pytest.mark.parametrize("given", [0, 1, 2, (0, 1), (2, 0), (-1, -2)])
def test_the_chain_rule(make, given):
    p, q = RNG.dirichlet(np.ones(24)).reshape(2, 3, 4), RNG.dirichlet(np.ones(24)).reshape(2, 3, 4)
    others = tuple(sorted({0, 1, 2} - {a % 3 for a in np.atleast_1d(given).tolist()}))
    marginal = kullback.kl_divergence(p.sum(others), q.sum(others), axis=None)
    rest = kullback.conditional_kl_divergence(make(p), make(q), axis=None, given=given)
    whole = kullback.kl_divergence(p, q, axis=None)
    assert float(marginal) + float(rest) == pytest.approx(float(whole), rel=1e-14)


def test_conditional_divergence_of_rows_that_are_never_visited(make):
    p, q = [[0.5, 0.5], [0.0, 0.0]], [[0.25, 0.25], [0.5, 0.0]]
    assert float(kullback.conditional_kl_divergence(make(p), make(q))) == 0
    assert float(kullback.conditional_kl_divergence(make(q), make(p))) == math.inf
    assert float(kullback.conditional_kl_divergence(make(p), make([[0.5, 0.0], [0.5, 0.0]]))) == math.inf


def test_conditional_divergence_checks_its_arguments():
    p = np.full((2, 2), 0.25)
    with pytest.raises(ShapeError, match=r"given=1 is not among axis=0"):
        kullback.conditional_kl_divergence(p * 2, p * 2, axis=0, given=1)
    with pytest.raises(NormalizationError, match=r"q_joint sums to 1\.5"):
        kullback.conditional_kl_divergence(p, p * 1.5)
    batch = np.stack([p, p])
    assert kullback.conditional_kl_divergence(batch, batch, keepdims=True).shape == (2, 1, 1)
    counts = kullback.conditional_kl_divergence([[1, 2], [3, 4]], [[4, 3], [2, 1]], normalize=True)
    assert off(counts, exact.conditional([[1, 2], [3, 4]], [[4, 3], [2, 1]])) < 6 * 2.0**-53


def test_mutual_information_of_marginals_whose_product_underflows():
    tiny = 5e-201
    joint = np.array([[tiny, 0.0, 0.0], [0.0, 0.5, 0.5]])
    expected = tiny * (1 - math.log(tiny))  # and terms of the second order in tiny
    assert math.isclose(kullback.mutual_information(joint), expected, rel_tol=1e-12)
