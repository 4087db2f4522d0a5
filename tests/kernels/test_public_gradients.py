"""Slopes of every public function in PyTorch and JAX, against differences in 60 digits; zeros; tracing."""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from tests.kernels import exact_values as exact
from tests.kernels.frameworks import numbers

import kullback


def tables(quantity):
    """Read vectors of four as tables of two by two."""
    return lambda *vectors: quantity(*([v[:2], v[2:]] for v in vectors))


def shaped(function):
    return lambda *vectors, **options: function(*(v.reshape((2, 2)) for v in vectors), **options)


def logits(a, b):
    return exact.kl([exact.mpmath.exp(x) for x in a], [exact.mpmath.exp(x) for x in b])


FUNCTIONS = {
    "kl": (kullback.kl_divergence, exact.kl),
    "kl of weights": (partial(kullback.kl_divergence, normalize=True), exact.kl),
    "kl of logits": (kullback.kl_divergence_from_logits, logits),
    "js": (kullback.js_divergence, exact.js),
    "js distance": (kullback.js_distance, exact.js_distance),
    "jeffreys": (kullback.jeffreys_divergence, exact.jeffreys),
    "total variation": (kullback.total_variation, exact.total_variation),
    "hellinger": (kullback.hellinger_distance, exact.hellinger),
    "chi2": (kullback.chi2_divergence, exact.chi2),
    "cross-entropy": (kullback.cross_entropy, exact.cross_entropy),
    "conditional": (shaped(kullback.conditional_kl_divergence), tables(exact.conditional)),
    "hellinger of weights": (partial(kullback.hellinger_distance, normalize=True), exact.hellinger),
}
for order in (-1, 0, 0.3, 0.5, 0.8, 1, 1.5, 3):
    FUNCTIONS[f"alpha {order}"] = (
        partial(kullback.alpha_divergence, alpha=order),
        partial(exact.alpha_divergence, alpha=order),
    )
for order in (0.3, 0.5, 0.8, 1, 1.5, 3, 20, math.inf):
    FUNCTIONS[f"renyi {order}"] = (
        partial(kullback.renyi_divergence, alpha=order),
        partial(exact.renyi, alpha=order),
    )
FUNCTIONS["entropy"] = (kullback.entropy, exact.entropy)
FUNCTIONS["mutual information"] = (shaped(kullback.mutual_information), tables(exact.mutual_information))
ONE_ARGUMENT = {"entropy", "mutual information"}
#: Every interesting distance: far apart, beyond the near formulas, and closer than a naive sum can see.
GAPS = [1.5, 0.1, 1e-4, 1e-8]


def vectors(gap, name, seed=3):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(4) * 2)
    q = p * np.exp(gap * rng.uniform(-1, 1, 4))
    q /= q.sum()
    if name in ONE_ARGUMENT:
        return (q,)
    return (np.log(p), np.log(q)) if name == "kl of logits" else (p, q)


def in_torch(function, *arrays):
    tensors = [torch.tensor(x, requires_grad=True) for x in arrays]
    slopes = torch.autograd.grad(function(*tensors), tensors)
    return [numbers(x) for x in slopes]


def in_jax(function, *arrays):
    argnums = tuple(range(len(arrays)))
    return [np.asarray(x) for x in jax.grad(function, argnums)(*map(jnp.asarray, arrays))]


@pytest.mark.parametrize("slopes_in", [in_torch, in_jax])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_slopes_are_those_of_the_definition(slopes_in, name):
    function, definition = FUNCTIONS[name]
    for gap in GAPS:
        arrays = vectors(gap, name)
        for found, expected in zip(
            slopes_in(function, *arrays), exact.slopes(definition, *arrays), strict=True
        ):
            # Beside the largest slope: a single one may be as small as it likes. Two of the functions add up
            # slopes of size 1 that cancel near equality (or independence).
            cancelling = 2e-15 if name in ("mutual information", "cross-entropy") else 0
            assert np.abs(found - expected).max() < 2e-14 * np.abs(expected).max() + cancelling, gap


ZERO_IN_P = {
    name: -math.inf
    for name in FUNCTIONS
    if name not in ("cross-entropy", "total variation", "chi2", "alpha 1.5", "alpha 3", "kl of logits")
    and not name.startswith(("renyi 1.5", "renyi 3", "renyi 20", "renyi inf"))
}


@pytest.mark.parametrize("slopes_in", [in_torch, in_jax])
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in ("kl of logits", "conditional")])
def test_slopes_at_an_outcome_that_p_does_not_have(slopes_in, name):
    function, definition = FUNCTIONS[name]
    p, q = np.array([0.5, 0.0, 0.3, 0.2]), np.array([0.25, 0.25, 0.4, 0.1])
    arrays = (p,) if name in ONE_ARGUMENT else (p, q)
    if definition(*arrays) == math.inf:
        assert function(*map(torch.tensor, arrays)) == math.inf
        assert not any(np.isnan(x).any() for x in slopes_in(function, *arrays))
        return
    found, expected = slopes_in(function, *arrays), exact.slopes(definition, *arrays)
    vertical = math.inf if name == "entropy" else ZERO_IN_P.get(name)
    if vertical is not None:
        assert found[0][1] == vertical
    else:
        assert np.isfinite(found[0][1])
    for x, y in zip(found, expected, strict=True):
        known = np.isfinite(y)
        np.testing.assert_allclose(x[known], y[known], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("slopes_in", [in_torch, in_jax])
@pytest.mark.parametrize(
    "name", [n for n in FUNCTIONS if n not in ONE_ARGUMENT | {"kl of logits", "conditional"}]
)
def test_slopes_at_an_outcome_that_neither_has_and_at_equality_are_finite(slopes_in, name):
    function, _ = FUNCTIONS[name]
    p, q = np.array([0.5, 0.0, 0.3, 0.2]), np.array([0.25, 0.0, 0.55, 0.2])
    assert all(np.isfinite(x).all() for x in slopes_in(function, p, q))
    same = np.array([0.5, 0.25, 0.25])
    for x in slopes_in(function, *((np.append(same, 0.0),) * 2)):
        if not name.startswith(("cross", "renyi inf", "kl of weights")):
            np.testing.assert_allclose(x[:3], 0, atol=1e-15)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "total variation"])
def test_gradcheck(name):
    function, _ = FUNCTIONS[name]
    arrays = [torch.tensor(x, requires_grad=True) for x in vectors(1.5, name)]
    free = "weights" in name or "logits" in name
    # gradcheck moves the sums further than the tolerance
    assert torch.autograd.gradcheck(function if free else partial(function, validate=False), arrays)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in {*ONE_ARGUMENT, "conditional"}])
def test_mapping_over_batches_is_the_batch(name):
    function, _ = FUNCTIONS[name]
    rng = np.random.default_rng(5)
    p, q = rng.dirichlet(np.ones(4), size=3), rng.dirichlet(np.ones(4), size=3)
    rows = function(p, q)
    np.testing.assert_allclose(torch.vmap(function)(torch.tensor(p), torch.tensor(q)), rows, rtol=1e-13)
    np.testing.assert_allclose(jax.vmap(function)(jnp.asarray(p), jnp.asarray(q)), rows, rtol=1e-13)


@pytest.mark.parametrize("name", ["kl", "js distance", "renyi 0.5", "entropy"])
def test_compiled_slopes_are_those_of_the_eager_function(name):
    function, _ = FUNCTIONS[name]
    arrays = [jnp.asarray(x) for x in vectors(0.1, name)]
    np.testing.assert_allclose(
        jax.jit(jax.grad(function))(*arrays), jax.grad(function)(*arrays), rtol=1e-12, atol=1e-15
    )


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_one_graph_under_torch_compile():
    def loss(p, q):
        bits = kullback.kl_divergence(p, q, unit="bits", where=q > 0) + kullback.js_distance(p, q)
        return (bits + kullback.renyi_divergence(p, q, 0.5) + kullback.entropy(p)).sum()

    rng = np.random.default_rng(5)
    p, q = (torch.tensor(rng.dirichlet(np.ones(4), size=3), requires_grad=True) for _ in "pq")
    whole = torch.compile(loss, fullgraph=True, backend="eager")
    assert whole(p, q).item() == pytest.approx(loss(p, q).item(), rel=1e-14)
