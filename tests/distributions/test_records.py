"""Records: parameters of every framework, checks with clear errors, batch shapes, log densities, moments."""

import json
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import mp_densities
import numpy as np
import pytest
import torch
from mpmath import mp, mpf

import kullback.distributions as kd
from kullback.distributions import kl_divergence
from kullback.errors import InvalidInputError, InvalidTypeError, ShapeError, ValueRangeError

ROWS = json.loads(Path(__file__).with_name("reference.json").read_text(encoding="utf-8"))
FAMILIES = sorted({(a, tuple(p)) for a, p, b, q, _ in ROWS if a == b and p != q})
POINTS = {"unit": (0.2, 0.7), "counts": (1, 2), "between": (0.8, 0.85), "above": (1.5, 4.0)}
#: Families without a mean, without one in closed form, or with a support that the checks below do not fit.
NO_MOMENTS = {"Cauchy", "Levy", "HalfCauchy", "VonMises", "WrappedCauchy", "LogitNormal", "Zipf"}


@pytest.mark.parametrize(("family", "parameters"), FAMILIES, ids=lambda x: str(x))
def test_log_prob_is_the_textbook_density(family: str, parameters: tuple[float, ...]) -> None:
    mp.dps = 30
    density, where = mp_densities.DENSITIES[family](*map(mpf, parameters))
    record = getattr(kd, family)(*parameters)
    for x in POINTS.get(where[0], (0.4, 1.7)):
        if family == "Bernoulli":
            x = x - 1
        assert float(record.log_prob(np.float64(x))) == pytest.approx(
            float(density(mpf(x))), rel=1e-13, abs=1e-14
        )


@pytest.mark.parametrize(
    ("family", "parameters"), [(a, p) for a, p in FAMILIES if a not in NO_MOMENTS], ids=lambda x: str(x)
)
def test_moments_are_those_of_the_density(family: str, parameters: tuple[float, ...]) -> None:
    mp.dps = 16
    density, where = mp_densities.DENSITIES[family](*map(mpf, parameters))

    def moment(power: int) -> float:
        def shifted(x: mpf) -> mpf:
            return density(x) - x**power

        return float(mp_densities.divergence((density, where), (shifted, where)))

    record = getattr(kd, family)(*parameters)
    mean = moment(1)
    assert float(record.mean()) == pytest.approx(mean, rel=1e-11)
    assert float(record.variance()) == pytest.approx(moment(2) - mean**2, rel=1e-9)


def test_log_prob_outside_the_support_is_minus_infinity() -> None:
    assert kd.Gamma(2.0, 1.0).log_prob(np.float64(-1.0)) == -math.inf
    assert kd.Uniform(0.0, 1.0).log_prob(np.float64(2.0)) == -math.inf
    assert kd.Poisson(1.0).log_prob(np.float64(0.5)) == -math.inf


def test_a_wrong_parameter_is_named_with_its_rule() -> None:
    with pytest.raises(ValueRangeError, match=r"Normal: scale\[1\] = -1.0; scale must be positive"):
        kd.Normal(0, np.array([1.0, -1.0]))
    with pytest.raises(ValueRangeError, match=r"Bernoulli: probs = 1.5; probs must be between 0 and 1"):
        kd.Bernoulli(1.5)
    with pytest.raises(ValueRangeError, match="whole number"):
        kd.Erlang(1.5, 1.0)
    with pytest.raises(InvalidInputError, match=r"exactly one of probs, logits; none"):
        kd.Bernoulli()
    with pytest.raises(InvalidTypeError, match="str"):
        kd.Normal("0", 1)
    with pytest.raises(ShapeError, match="do not broadcast"):
        kd.Normal(np.zeros(2), np.ones(3))


def test_numbers_follow_the_arrays_beside_them() -> None:
    mixed = kl_divergence(kd.Normal(0, 1), kd.Normal(torch.tensor([0.5, 1.0]), 2))
    assert mixed.dtype == torch.float32
    assert mixed.shape == (2,)
    assert isinstance(kl_divergence(kd.Normal(0, 1), kd.Normal(jnp.array(0.5), 2)), jax.Array)
    assert isinstance(kl_divergence(kd.Normal(0, 1), kd.Normal(0.5, 2)), np.floating)


def test_frameworks_do_not_mix() -> None:
    with pytest.raises(InvalidTypeError, match="PyTorch"):
        kl_divergence(kd.Normal(np.zeros(2), 1), kd.Normal(torch.zeros(2), 1))


def test_batches_broadcast() -> None:
    p = kd.Gamma(np.linspace(1, 2, 3)[:, None], 1.0)
    q = kd.Gamma(np.linspace(1, 2, 4), 2.0)
    values = kl_divergence(p, q)
    assert values.shape == (3, 4)
    one = kl_divergence(kd.Gamma(1.5, 1.0), kd.Gamma(1 + 1 / 3, 2.0))
    assert values[1, 1] == pytest.approx(float(one), rel=1e-13)
    with pytest.raises(ShapeError, match="batch shapes"):
        kl_divergence(kd.Normal(np.zeros(2), 1), kd.Normal(np.zeros(3), 1))


def test_mixed_batches_have_infinite_and_finite_entries() -> None:
    values = kl_divergence(kd.Uniform(np.array([0.1, -0.1]), 0.9), kd.Uniform(0, 1))
    assert values.tolist() == [pytest.approx(math.log(1 / 0.8)), math.inf]


def test_jit_sees_the_same_values() -> None:
    def value(a: jax.Array, b: jax.Array) -> jax.Array:
        return kl_divergence(kd.Laplace(a, b), kd.Normal(b, a))

    with jax.enable_x64(True):
        a, b = jnp.array([1.2, 0.8]), jnp.array([1.4, 2.5])
        np.testing.assert_allclose(jax.jit(value)(a, b), value(a, b), rtol=1e-13)
