"""JAX primitives: derivatives of both orders under every transform, and what happens at zeros."""

import math
from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from kullback.kernels import jax as kernels

PRIMITIVES = (
    kernels.log_ratio,
    kernels.kl_terms,
    kernels.kl_divergence,
    kernels.kl_divergence_of_weights,
    kernels.kl_divergence_from_logits,
)
Primitive = Callable[[jax.Array, jax.Array], jax.Array]
INF = math.inf


@pytest.fixture(params=[True, False], ids=["float64", "float32"])
def x64(request: pytest.FixtureRequest) -> Iterator[bool]:
    with jax.enable_x64(request.param):
        yield request.param


def pair() -> tuple[jax.Array, jax.Array]:
    rng = np.random.default_rng(0)
    p, q = (rng.uniform(0.5, 1, (2, 4)) for _ in range(2))
    return jnp.asarray(p / p.sum(-1, keepdims=True) * 1.01), jnp.asarray(q / q.sum(-1, keepdims=True))


@pytest.mark.parametrize("primitive", PRIMITIVES)
def test_first_and_second_derivatives(primitive: Primitive) -> None:
    with jax.enable_x64(True):
        check_grads(primitive, pair(), order=2, modes=["fwd", "rev"], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("primitive", PRIMITIVES)
def test_transforms(primitive: Primitive, x64: bool) -> None:
    def summed(p: jax.Array, q: jax.Array) -> jax.Array:
        return primitive(p, q).sum()

    p, q = pair()
    close = {"rtol": 1e-13 if x64 else 1e-5, "atol": 1e-14 if x64 else 1e-6}
    assert primitive(p, q).dtype == (jnp.float64 if x64 else jnp.float32)
    np.testing.assert_allclose(jax.vmap(primitive, in_axes=(0, None))(p, q[0]), primitive(p, q[:1]), **close)
    gradient = jax.grad(summed)(p, q)
    np.testing.assert_allclose(jax.jit(jax.vmap(jax.grad(summed)))(p, q), gradient, **close)
    np.testing.assert_allclose(jax.jacfwd(summed)(p, q), gradient, **close)


@pytest.mark.parametrize("primitive", [kernels.kl_divergence, kernels.kl_divergence_from_logits])
def test_second_order_forward_over_reverse_and_twice_reverse(primitive: Primitive) -> None:
    with jax.enable_x64(True):
        p, q = (x[0] for x in pair())
        two_ways = jax.hessian(primitive)(p, q), jax.jacrev(jax.jacrev(primitive))(p, q)
        np.testing.assert_allclose(*two_ways, rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize("function", [kernels.kl_divergence, kernels.kl_divergence_of_weights])
@pytest.mark.parametrize("differentiate", [jax.grad, jax.jacfwd])
def test_slopes_at_zeros(function: Primitive, differentiate: Callable[..., object], x64: bool) -> None:
    p, q = jnp.asarray([0.5, 0.5, 0.0, 0.0]), jnp.asarray([0.25, 0.5, 0.25, 0.0])
    slopes = differentiate(function, (0, 1))
    kl = math.log(2) / 2
    by_p, by_q = slopes(p, q)
    np.testing.assert_allclose(by_p, [math.log(2) - kl, -kl, -INF, 0], rtol=1e-6)
    np.testing.assert_allclose(by_q, [-1, 0, 1, 1], atol=1e-6)
    by_p, by_q = slopes(q, p)  # D = ∞: the limits as p_3 → 0
    np.testing.assert_array_equal(by_p, [-INF, -INF, INF, 0])
    np.testing.assert_allclose(by_q, [0.5, 0, -INF, 1], atol=1e-6)


def test_a_constant_argument_with_zeros_is_not_differentiated() -> None:
    p, q = jnp.asarray([0.5, 0.5, 0.0]), jnp.asarray([0.25, 0.5, 0.25])
    np.testing.assert_allclose(jax.grad(kernels.kl_divergence, 1)(p, q), [-1, 0, 1], atol=1e-6)
    np.testing.assert_allclose(jax.jvp(lambda y: kernels.kl_divergence(p, y), (q,), (q,))[1], 0, atol=1e-6)
    hessian = jax.hessian(kernels.kl_divergence, 1)(p, q)
    np.testing.assert_allclose(hessian, np.diag([8.0, 2.0, 0.0]) - 1, atol=1e-5)


def test_slopes_of_masked_logits() -> None:
    slopes = jax.grad(kernels.kl_divergence_from_logits, (0, 1))
    a, b = jnp.asarray([0.0, 1.0, -INF]), jnp.asarray([0.3, 0.1, -INF])
    for whole, short in zip(slopes(a, b), slopes(a[:2], b[:2]), strict=True):
        np.testing.assert_allclose(whole, [*short, 0], rtol=1e-6)
    by_a, by_b = slopes(jnp.zeros(2), jnp.asarray([0.0, -INF]))
    np.testing.assert_array_equal(by_a, [-INF, INF])
    np.testing.assert_allclose(by_b, [0.5, -0.5], rtol=1e-6)
    assert np.isfinite(jax.hessian(kernels.kl_divergence_from_logits)(a, b)).all()


def test_an_infinite_row_leaves_the_others_alone() -> None:
    def used(p: jax.Array, q: jax.Array) -> jax.Array:
        value = kernels.kl_divergence(p, q)
        return jnp.where(jnp.isfinite(value), value, 0.0).sum()

    p, q = jnp.asarray([[0.5, 0.5], [0.4, 0.6]]), jnp.asarray([[1.0, 0.0], [0.5, 0.5]])
    for slope in jax.grad(used, (0, 1))(p, q):
        assert slope[0].tolist() == [0, 0]
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("n", [100_000, 1_000_000])
def test_long_float32_rows_keep_their_digits(n: int) -> None:
    """Without float64 the sums must be accurate by construction."""
    rng = np.random.default_rng(n)
    p, q = ((x / x.sum()).astype("float32") for x in rng.gamma(1.0, size=(2, n)))
    x, y = p.astype("float64"), q.astype("float64")
    # In double precision: far from p = q the plain formula serves; 1e-9 is the accuracy that is needed of it.
    exact = np.sum(x / x.sum() * np.log(x * y.sum() / (y * x.sum())))
    found = float(jax.jit(kernels.kl_divergence)(jnp.asarray(p), jnp.asarray(q)))
    assert abs(found - exact) / exact <= 5 * 2**-24
