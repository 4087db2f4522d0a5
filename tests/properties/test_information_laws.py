"""The laws of information, on vectors that Hypothesis draws: zeros, wild ranges, near-equal pairs, certainty.

Tolerances: a value is right to 6 u (see tests/kernels), some orders α to a few hundred u. A law that compares
two values holds up to 1e-12 of them therefore, and where the rounding of the vectors themselves enters
(products, mixtures, merged outcomes) up to an absolute 1e-14 as well.
"""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import kullback as kb

RELATIVE, ABSOLUTE = 1e-12, 1e-14

SYMMETRIC = (
    kb.js_divergence,
    kb.js_distance,
    kb.jeffreys_divergence,
    kb.total_variation,
    kb.hellinger_distance,
)
METRICS = (kb.js_distance, kb.hellinger_distance, kb.total_variation)
DIVERGENCES = (*SYMMETRIC, kb.kl_divergence, kb.chi2_divergence)


def weights(n):
    ordinary = st.floats(1e-3, 1)
    return st.lists(st.one_of(ordinary, st.just(0.0), st.floats(1e-200, 1e-3)), min_size=n, max_size=n)


@st.composite
def distributions(draw, count=2, n=None):
    """Distributions on one set of outcomes; now and then a small perturbation of the first one."""
    n = draw(st.integers(1, 7)) if n is None else n
    found = []
    for _ in range(count):
        if found and draw(st.booleans()):
            gap = 10.0 ** draw(st.integers(-14, -1))
            signs = np.array(draw(st.lists(st.floats(-1, 1), min_size=n, max_size=n)))
            x = found[0] * (1 + gap * signs)
        else:
            x = np.array(draw(weights(n)))
        assume(x.sum() > 1e-3)
        found.append(x / x.sum())
    return found


def at_most(a, b):
    return a <= b * (1 + RELATIVE) + ABSOLUTE


def same(a, b):
    return a == b or math.isclose(a, b, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


@given(distributions())
def test_nothing_is_negative_or_nan_and_only_equality_is_zero(pair):
    p, q = pair
    for function in DIVERGENCES:
        assert function(p, q) >= 0
        assert function(p, p.copy()) == 0
        far_enough = np.abs(p - q).max() > 1e-9 if not (p == q).all() else False
        assert not far_enough or function(p, q) > 0
    for alpha in (-1, 0, 0.3, 0.5, 1, 2, 5):
        assert kb.alpha_divergence(p, q, alpha) >= 0
    for alpha in (0, 0.3, 0.5, 1, 2, 5, math.inf):
        assert kb.renyi_divergence(p, q, alpha) >= 0


@given(distributions())
def test_symmetry(pair):
    p, q = pair
    for function in SYMMETRIC:
        assert math.isclose(function(p, q), function(q, p), rel_tol=RELATIVE) or function(p, q) == math.inf


@given(distributions(), st.randoms(use_true_random=False))
def test_relabelling_changes_nothing(pair, random):
    p, q = pair
    order = list(range(len(p)))
    random.shuffle(order)
    for function in DIVERGENCES:
        here, there = function(p, q), function(p[order], q[order])
        # d in the vectors' sums, of the order of u, is a different one in another order of adding.
        assert here == there or math.isclose(here, there, rel_tol=RELATIVE, abs_tol=1e-15)
    assert math.isclose(kb.entropy(p), kb.entropy(p[order]), rel_tol=RELATIVE, abs_tol=1e-300)


@given(distributions(), st.lists(st.integers(0, 2), min_size=7, max_size=7))
def test_merging_outcomes_brings_distributions_closer(pair, groups):
    merged = [np.bincount(groups[: len(x)], weights=x, minlength=3) for x in pair]
    for function in DIVERGENCES:
        assert at_most(function(*merged), function(*pair))
    for alpha in (0.5, 2):
        assert at_most(kb.renyi_divergence(*merged, alpha), kb.renyi_divergence(*pair, alpha))


@given(distributions(), distributions())
def test_independent_pairs_add_up(first, second):
    products = [np.outer(a, b) for a, b in zip(first, second, strict=True)]
    for divergence in (kb.kl_divergence, lambda p, q, **kw: kb.renyi_divergence(p, q, 2, **kw)):
        assert same(divergence(*products, axis=None), divergence(*first) + divergence(*second))
    assert same(kb.entropy(products[0], axis=None), kb.entropy(first[0]) + kb.entropy(second[0]))
    assert kb.mutual_information(products[0]) < 1e-28


@given(distributions(count=2, n=6))
def test_the_chain_rule(pair):
    p, q = (x.reshape(2, 3) for x in pair)
    for others, axis in ((1, 0), (0, 1)):
        marginal = kb.kl_divergence(p.sum(others), q.sum(others))
        assert same(
            kb.kl_divergence(p, q, axis=None), marginal + kb.conditional_kl_divergence(p, q, given=axis)
        )


@given(distributions(count=1, n=6))
def test_mutual_information_by_entropies(single):
    joint = single[0].reshape(2, 3)
    parts = kb.entropy(joint.sum(0)) + kb.entropy(joint.sum(1)) - kb.entropy(joint, axis=None)
    assert same(kb.mutual_information(joint), max(parts, 0))
    assert at_most(kb.mutual_information(joint), min(kb.entropy(joint.sum(0)), kb.entropy(joint.sum(1))))


@given(distributions())
def test_bounds_between_divergences(pair):
    p, q = pair
    kl, tv, h = kb.kl_divergence(p, q), kb.total_variation(p, q), kb.hellinger_distance(p, q)
    assert at_most(2 * tv**2, kl)  # Pinsker
    assert at_most(kl, math.log1p(kb.chi2_divergence(p, q)))
    assert at_most(h**2, tv)
    assert at_most(tv, h * math.sqrt(max(2 - h**2, 0)))
    assert at_most(2 * h**2, kl)
    assert at_most(kb.js_divergence(p, q), math.log(2) * tv)
    assert at_most(kb.js_divergence(p, q), kb.jeffreys_divergence(p, q) / 4)
    assert at_most(kb.js_distance(p, q, unit="bits"), 1)
    assert at_most(kb.entropy(p), math.log(len(p)))
    assert at_most(kb.entropy(p), kb.cross_entropy(p, q))


@given(distributions(count=3))
def test_distances_obey_the_triangle_inequality(three):
    p, q, r = three
    for distance in METRICS:
        assert at_most(distance(p, r), distance(p, q) + distance(q, r))


@given(distributions(count=4, n=4), st.floats(0, 1))
def test_joint_convexity(four, share):
    p1, q1, p2, q2 = four
    p, q = (share * a + (1 - share) * b for a, b in ((p1, p2), (q1, q2)))
    for divergence in (kb.kl_divergence, kb.js_divergence, kb.total_variation, kb.chi2_divergence):
        ends = [w * divergence(a, b) if w else 0.0 for w, a, b in ((share, p1, q1), (1 - share, p2, q2))]
        assert at_most(divergence(p, q), sum(ends))


@given(distributions())
def test_renyi_divergences_grow_with_the_order(pair):
    orders = (0, 0.01, 0.3, 0.5, 0.9, 1, 1.1, 2, 7, 100, math.inf)
    values = [kb.renyi_divergence(*pair, alpha) for alpha in orders]
    for smaller, larger in pairwise(values):
        assert at_most(smaller, larger)


@given(distributions())
def test_units_differ_by_their_factors(pair):
    for function in (kb.kl_divergence, kb.js_divergence, kb.cross_entropy):
        nats = function(*pair)
        assert function(*pair, unit="bits") == pytest.approx(nats / math.log(2), rel=1e-15, abs=0)
        assert function(*pair, unit="bans") == pytest.approx(nats / math.log(10), rel=1e-15, abs=0)


@given(distributions(), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_weights_are_divided_by_their_sums(pair, a, b):
    p, q = pair
    assert same(kb.kl_divergence(a * p, b * q, normalize=True), kb.kl_divergence(p, q))
    assert same(kb.entropy(a * p, normalize=True), kb.entropy(p))


@given(distributions(), st.floats(-50, 50), st.floats(-50, 50))
def test_logits_may_be_shifted(pair, a, b):
    with np.errstate(divide="ignore"):
        log_p, log_q = np.log(pair[0]), np.log(pair[1])
    kl = kb.kl_divergence(*pair)
    # A logarithm of size x is rounded by u x, and the shift by 50 u; both enter by their square root's slope.
    slack = 1e-13 * (1 + math.sqrt(kl)) if kl < math.inf else 0
    for found in (
        kb.kl_divergence_from_log_probs(log_p, log_q),
        kb.kl_divergence_from_logits(log_p + a, log_q + b),
    ):
        assert found == kl or abs(found - kl) <= RELATIVE * 100 * kl + slack
