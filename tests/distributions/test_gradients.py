"""Slopes of the exact forms in PyTorch and JAX against central differences in mpmath."""

import json
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import kullback.distributions as kd
from kullback.distributions import kl_divergence

ROWS = [
    row
    for row in json.loads(Path(__file__).with_name("gradients.json").read_text(encoding="utf-8"))
    if any(slope is not None for slope in row[4])
]
Slopes = Callable[[str, list[float], str, list[float], list[bool]], list[float]]


def in_torch(a: str, p: list[float], b: str, q: list[float], free: list[bool]) -> list[float]:
    theta = [
        torch.tensor(x, dtype=torch.float64, requires_grad=wanted)
        for x, wanted in zip([*p, *q], free, strict=True)
    ]
    value = kl_divergence(getattr(kd, a)(*theta[: len(p)]), getattr(kd, b)(*theta[len(p) :]))
    slopes = torch.autograd.grad(value, [x for x in theta if x.requires_grad])
    return [float(x) for x in slopes]


def in_jax(a: str, p: list[float], b: str, q: list[float], free: list[bool]) -> list[float]:
    with jax.enable_x64(True):
        numbers = [*p, *q]

        def value(*moving: jax.Array) -> jax.Array:
            left = iter(moving)
            theta = [
                next(left) if wanted else jnp.asarray(x) for x, wanted in zip(numbers, free, strict=True)
            ]
            return kl_divergence(getattr(kd, a)(*theta[: len(p)]), getattr(kd, b)(*theta[len(p) :]))

        moving = [jnp.asarray(x) for x, wanted in zip(numbers, free, strict=True) if wanted]
        slopes = jax.grad(value, argnums=tuple(range(len(moving))))(*moving)
        return [float(x) for x in slopes]


#: JAX compiles each operation anew, so it takes every thirteenth row; the formulas are the same.
CASES = [(row, in_torch) for row in ROWS] + [(row, in_jax) for row in ROWS[::13]]


@pytest.mark.parametrize(
    ("row", "slopes"), CASES, ids=lambda x: x.__name__ if callable(x) else f"{x[0]}{x[1]} ‖ {x[2]}{x[3]}"
)
def test_slopes_are_right_to_1e_12(row: list, slopes: Slopes) -> None:
    a, p, b, q, true = row
    free = [x is not None for x in true]
    expected = np.array([float(x) for x in true if x is not None])
    found = slopes(a, p, b, q, free)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.linalg.norm(expected))
