"""Who is measured: each peer turns two NumPy arrays into a call that computes their rows' divergence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import kullback

Array = NDArray[np.floating[Any]]
Call = Callable[[], Any]
Prepare = Callable[[Array, Array], Call]


@dataclass(frozen=True)
class Peer:
    """Computes D(p ‖ q) of rows: from probabilities, and from logits where it can."""

    name: str
    probabilities: Prepare
    logits: Prepare | None = None


#: Everything is compared with this one.
OURS = "kullback"


def peers() -> Iterator[Peer]:
    """Every peer that is installed, this package first."""
    for make in (_kullback, _portable, _numpy, _scipy, _torch, _jax, _numba):
        try:
            yield from make()
        except ImportError as missing:
            print(f"not installed, left out: {missing.name}")


def _kullback() -> Iterator[Peer]:
    yield Peer(
        OURS,
        partial(partial, kullback.kl_divergence),
        partial(partial, kullback.kl_divergence_from_logits),
    )


def _portable() -> Iterator[Peer]:
    import array_api_compat.numpy as xp

    from kullback.kernels import portable

    yield Peer(
        "kullback without a compiler",
        partial(partial, portable.kl_divergence, xp),
        partial(partial, portable.kl_divergence_from_logits, xp),
    )


def _numpy() -> Iterator[Peer]:
    def log_softmax(a: Array) -> Array:
        shifted = a - a.max(-1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))

    def from_logits(a: Array, b: Array) -> Array:
        log_p = log_softmax(a)
        return np.sum(np.exp(log_p) * (log_p - log_softmax(b)), axis=-1)

    yield Peer(
        "NumPy sum(p·log(p/q))",
        lambda p, q: lambda: np.sum(p * np.log(p / q), axis=-1),
        partial(partial, from_logits),
    )


def _scipy() -> Iterator[Peer]:
    from scipy.special import log_softmax, rel_entr
    from scipy.stats import entropy

    def from_logits(a: Array, b: Array) -> Array:
        log_p = log_softmax(a, axis=-1)
        return np.sum(np.exp(log_p) * (log_p - log_softmax(b, axis=-1)), axis=-1)

    yield Peer(
        "scipy.special.rel_entr",
        lambda p, q: lambda: rel_entr(p, q).sum(-1),
        partial(partial, from_logits),
    )
    yield Peer("scipy.stats.entropy", lambda p, q: lambda: entropy(p, q, axis=-1))


def _torch() -> Iterator[Peer]:
    import torch
    from torch.nn.functional import kl_div, log_softmax

    torch.set_num_threads(1)

    def from_probabilities(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
        return kl_div(q.log(), p, reduction="none").sum(-1)

    def from_logits(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        log_p, log_q = log_softmax(a, -1), log_softmax(b, -1)
        return kl_div(log_q, log_p, reduction="none", log_target=True).sum(-1)

    def eager(function: Callable[..., Any]) -> Prepare:
        def prepare(p: Array, q: Array) -> Call:
            return partial(function, torch.from_numpy(p), torch.from_numpy(q))

        return prepare

    def compiled(function: Callable[..., Any]) -> Prepare:
        def prepare(p: Array, q: Array) -> Call:
            torch.compiler.reset()
            return eager(torch.compile(function, dynamic=False))(p, q)

        return prepare

    yield Peer(
        f"{OURS}, torch tensors",
        eager(kullback.kl_divergence),
        eager(kullback.kl_divergence_from_logits),
    )
    yield Peer("torch kl_div", eager(from_probabilities), eager(from_logits))
    yield Peer("torch kl_div, compiled", compiled(from_probabilities), compiled(from_logits))


def _jax() -> Iterator[Peer]:
    import jax
    from jax.nn import log_softmax
    from jax.scipy.special import rel_entr

    def from_logits(a: jax.Array, b: jax.Array) -> jax.Array:
        log_p = log_softmax(a)
        return (jax.numpy.exp(log_p) * (log_p - log_softmax(b))).sum(-1)

    def jitted(function: Callable[..., Any]) -> Prepare:
        def prepare(p: Array, q: Array) -> Call:
            run, x, y = jax.jit(function), jax.numpy.asarray(p), jax.numpy.asarray(q)
            return lambda: run(x, y).block_until_ready()

        return prepare

    yield Peer(f"{OURS}, JAX jit", jitted(kullback.kl_divergence), jitted(kullback.kl_divergence_from_logits))
    yield Peer("JAX rel_entr, jit", jitted(lambda p, q: rel_entr(p, q).sum(-1)), jitted(from_logits))


def _numba() -> Iterator[Peer]:
    import numba

    @numba.njit
    def rows(p: Array, q: Array) -> Array:
        out = np.empty(p.shape[0], p.dtype)
        for i in range(p.shape[0]):
            total = 0.0
            for j in range(p.shape[1]):
                if p[i, j] > 0:
                    total += p[i, j] * np.log(p[i, j] / q[i, j])
            out[i] = total
        return out

    yield Peer("numba loop", partial(partial, rows))
