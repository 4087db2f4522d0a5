"""Whose arrays are these: the framework is inferred, sequences follow, and mixtures are refused."""

import array_api_strict
import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pandas as pd
import pytest
import torch
from tests.kernels.frameworks import MAKERS

import kullback
from kullback.errors import DtypeError, InvalidTypeError, ShapeError
from kullback.kernels.backend import gather, is_traced

HALVES = np.array([0.5, 0.5])


class Labelled(np.ndarray):
    """A subclass, such as libraries of units or labels have."""


@pytest.mark.parametrize(
    ("make", "name", "kernels"),
    [
        (np.asarray, "NumPy", "kullback.kernels.numpy"),
        (torch.tensor, "PyTorch", "kullback.kernels.torch"),
        (jnp.asarray, "JAX", "kullback.kernels.jax"),
        (array_api_strict.asarray, "array_api_strict", "kullback.kernels.array_api"),
    ],
)
def test_the_framework_is_inferred_from_the_arrays(make, name, kernels):
    backend, arrays = gather(("p", "q"), (make([0.5, 0.5]), [0.1, 0.9]))
    assert backend.name == name
    assert backend.kernels.__name__ == kernels
    assert type(arrays[1]) is type(arrays[0])


def test_lists_alone_become_numpy_arrays_of_float64():
    value = kullback.kl_divergence([0.5, 0.5], (0.25, 0.75))
    assert isinstance(value, np.float64)
    assert value == pytest.approx(0.5 * np.log(4 / 3))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_list_follows_the_other_argument_in_dtype(order):
    pair = (torch.tensor([0.5, 0.5], dtype=torch.float32), [0.25, 0.75])
    value = kullback.kl_divergence(*(pair[i] for i in order))
    assert value.dtype == torch.float32
    wide = kullback.kl_divergence(np.float32([0.5, 0.5]), [0, 1])
    assert wide.dtype == np.float32


def test_a_subclass_belongs_to_its_framework():
    parameter = torch.nn.Parameter(torch.tensor([0.5, 0.5]))
    assert gather(("p",), (parameter,))[0].name == "PyTorch"
    backend, (plain,) = gather(("p",), (HALVES.view(Labelled),))
    assert backend.name == "NumPy"
    assert type(plain) is np.ndarray


@pytest.mark.parametrize(
    ("p", "q", "words"),
    [
        (HALVES, torch.tensor(HALVES), r"p is a NumPy array and q a PyTorch array; .*numpy\.asarray\(q\)"),
        (torch.tensor(HALVES), HALVES, r"q a NumPy array; .*torch\.as_tensor\(q\)"),
        (jnp.asarray(HALVES), HALVES, r"jax\.numpy\.asarray\(q\)"),
        (array_api_strict.asarray([0.5, 0.5]), HALVES, r"array_api_strict\.asarray\(q\)"),
        (torch.tensor(HALVES), torch.tensor(HALVES, device="meta"), r"device cpu and q on meta.*q\.to\("),
        ("half", HALVES, "p is a str, not an array"),
        ({"a": 1.0}, HALVES, r"p is a dict.*kullback\.compare takes mappings"),
        (pd.Series([0.5, 0.5]), HALVES, "p is a Series"),
        (kullback.Probs([0.5, 0.5]), HALVES, "p is a Probs"),
        (None, HALVES, "p is a NoneType"),
        (HALVES, {0.5}, "q is a set"),
    ],
)
def test_what_does_not_belong_together_is_refused(p, q, words):
    with pytest.raises(InvalidTypeError, match=words):
        kullback.kl_divergence(p, q)


def test_a_masked_array_is_refused_with_its_way_out():
    masked = np.ma.array(HALVES, mask=[False, True])
    with pytest.raises(DtypeError, match=r"masked.*filled\(0\).*where=~q\.mask"):
        kullback.kl_divergence(HALVES, masked)


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(ShapeError, match="rows that differ in length"):
        kullback.kl_divergence([[0.5, 0.5], [1.0]], HALVES)


@pytest.mark.parametrize("make", [np.asarray, torch.tensor, jnp.asarray, array_api_strict.asarray])
def test_an_array_with_values_is_not_traced(make):
    backend, (p,) = gather(("p",), (make([0.5, 0.5]),))
    assert not is_traced(backend, p)


def test_tracing_is_seen():
    seen = []

    def look(x):
        backend, (x,) = gather(("p",), (x,))
        seen.append(is_traced(backend, x))
        return x.sum()

    jax.jit(look)(jnp.ones(3))
    jax.grad(look)(jnp.ones(3))
    jax.vmap(look)(jnp.ones((2, 3)))
    torch.vmap(look)(torch.ones(2, 3))
    torch.func.grad(look)(torch.ones(3))
    look(torch.ones(3, device="meta"))
    assert seen == [True] * 6


def test_half_types_of_every_framework_are_computed_in_float32():
    half = [0.25, 0.75]
    for p in (
        np.asarray(half, dtype=ml_dtypes.bfloat16),
        np.asarray(half, dtype=np.float16),
        torch.tensor(half, dtype=torch.bfloat16),
        torch.tensor(half, dtype=torch.float16),
        jnp.asarray(half, dtype=jnp.bfloat16),
    ):
        value = kullback.kl_divergence(p, p[::-1] if not isinstance(p, torch.Tensor) else p.flip(0))
        assert value.dtype == p.dtype
        assert float(value) == pytest.approx(0.5 * np.log(3), rel=4e-3)


@pytest.mark.parametrize("framework", MAKERS)
def test_every_framework_gives_the_same_number(framework):
    make = MAKERS[framework]
    value = kullback.kl_divergence(make([0.5, 0.25, 0.25]), make([0.25, 0.25, 0.5]))
    assert float(value) == pytest.approx(0.25 * np.log(2), rel=1e-15, abs=0)
