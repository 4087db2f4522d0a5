"""One table for all: every implementation of D is held to the same high-precision answers, and to the others.

Limits in units of u = eps/2 of the dtype: 5 u for probabilities and weights, 8 u for logits, never negative,
and exactly 0 for equal arguments.
"""

from collections.abc import Callable, Iterator

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from high_precision import Answer, error, norm_error, of_logits, of_weights, row
from regimes import Regime, logits, probabilities, subnormals, weights

from kullback.kernels import array_api, portable
from kullback.kernels import jax as jax_kernels
from kullback.kernels import numpy as numpy_kernels
from kullback.kernels import torch as torch_kernels

Batch = Callable[[np.ndarray, np.ndarray], np.ndarray]
#: (name of the primitive) -> a function of two NumPy arrays.
Implementation = Callable[[str], Batch]

SUBJECTS = {
    "kl_divergence": (probabilities, of_weights, 5.0),
    "kl_divergence_of_weights": (weights, of_weights, 5.0),
    "kl_divergence_from_logits": (logits, of_logits, 8.0),
}
DTYPES = ("float64", "float32")


def in_numpy(name: str) -> Batch:
    return getattr(numpy_kernels, name)


def in_portable_numpy(name: str) -> Batch:
    return lambda p, q: getattr(portable, name)(np, p, q)


def in_array_api_strict(name: str) -> Batch:
    def run(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        return np.asarray(getattr(array_api, name)(*map(array_api_strict.asarray, (p, q))))

    return run


def in_torch(name: str) -> Batch:
    return lambda p, q: getattr(torch_kernels, name)(torch.from_numpy(p), torch.from_numpy(q)).numpy()


def in_portable_torch(name: str) -> Batch:
    """As on a device that the compiled core cannot read."""

    def run(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        return getattr(portable, name)(torch_kernels.xp, torch.from_numpy(p), torch.from_numpy(q)).numpy()

    return run


def in_jax(name: str) -> Batch:
    def run(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        with jax.enable_x64(p.dtype == np.float64):
            return np.asarray(getattr(jax_kernels, name)(jnp.asarray(p), jnp.asarray(q)))

    return run


def in_jax_without_jit(name: str) -> Batch:
    def run(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        with jax.disable_jit():
            return in_jax(name)(p, q)

    return run


IMPLEMENTATIONS: dict[str, Implementation] = {
    "numpy": in_numpy,
    "portable-numpy": in_portable_numpy,
    "array-api-strict": in_array_api_strict,
    "torch": in_torch,
    "portable-torch": in_portable_torch,
    "jax-jit": in_jax,
    "jax": in_jax_without_jit,
}


def regimes_of(subject: str, dtype: str, implementation: str) -> Iterator[Regime]:
    for regime in SUBJECTS[subject][0](dtype):
        # One operation at a time, JAX would take minutes for the table.
        if implementation != "jax" or regime.name in ("dirichlet-3", "gap-1e-06-3", "zeros-3", "masked"):
            yield regime
    # XLA on the CPU takes subnormal numbers for zeros.
    if subject == "kl_divergence" and not implementation.startswith("jax"):
        yield from subnormals(dtype)


def answers(subject: str, regime: Regime) -> list[Answer]:
    exact = SUBJECTS[subject][1]
    digits = () if exact is of_logits else (regime.digits,)
    return [exact(row(p), row(q), *digits) for p, q in zip(regime.p, regime.q, strict=True)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_value_has_the_stated_accuracy(implementation: str, subject: str, dtype: str) -> None:
    function, limit, u = (
        IMPLEMENTATIONS[implementation](subject),
        SUBJECTS[subject][2],
        np.finfo(dtype).eps / 2,
    )
    for regime in regimes_of(subject, dtype, implementation):
        found = function(regime.p, regime.q)
        assert found.dtype == dtype, regime.name
        exact = answers(subject, regime)
        errors = [error(f, e.value, u) for f, e in zip(found, exact, strict=True)]
        assert max(errors) <= limit, (regime.name, max(errors))
        assert min(found) >= 0, regime.name
        assert not np.any(function(regime.p, regime.p)), f"{regime.name}: D(p ‖ p) is not 0"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_implementations_agree(subject: str, dtype: str) -> None:
    """To the sum of their own limits, whatever the reference says."""
    functions = {name: make(subject) for name, make in IMPLEMENTATIONS.items() if name != "jax"}
    limit, u = SUBJECTS[subject][2], np.finfo(dtype).eps / 2
    for regime in SUBJECTS[subject][0](dtype):
        if regime.p.shape[-1] in (3, 1000):
            found = np.stack([f(regime.p, regime.q) for f in functions.values()])
            spread = (found.max(0) - found.min(0)) / np.maximum(found.max(0), np.finfo(dtype).tiny)
            assert spread.max() <= 2 * limit * u, regime.name


Slopes = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def slopes_in_numpy(name: str) -> Slopes:
    return lambda p, q: getattr(numpy_kernels, f"{name}_and_grad")(p, q)[1:]


def slopes_in_torch(name: str, *, create_graph: bool = False) -> Slopes:
    def run(p: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, y = (torch.tensor(v, requires_grad=True) for v in (p, q))
        value = getattr(torch_kernels, name)(x, y).sum()
        by_p, by_q = torch.autograd.grad(value, (x, y), create_graph=create_graph)
        return by_p.detach().numpy(), by_q.detach().numpy()

    return run


def slopes_in_portable_torch(name: str) -> Slopes:
    """With a graph for second derivatives, which the compiled core cannot make."""
    return slopes_in_torch(name, create_graph=True)


def slopes_in_jax(name: str) -> Slopes:
    slopes = jax.jit(jax.grad(lambda p, q: getattr(jax_kernels, name)(p, q).sum(), (0, 1)))

    def run(p: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with jax.enable_x64(p.dtype == np.float64):
            by_p, by_q = slopes(jnp.asarray(p), jnp.asarray(q))
            return np.asarray(by_p), np.asarray(by_q)

    return run


SLOPES = {
    "numpy": slopes_in_numpy,
    "torch": slopes_in_torch,
    "portable-torch": slopes_in_portable_torch,
    "jax-jit": slopes_in_jax,
}


# Those that have the compiled core behind them, where it was built.
COMPILED = ("numpy", "torch")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("implementation", SLOPES)
def test_slopes_have_the_stated_accuracy(implementation: str, subject: str, dtype: str) -> None:
    if implementation == "numpy" and subject == "kl_divergence_of_weights":
        pytest.skip("no gradient of weights is offered for NumPy arrays")
    function, u = SLOPES[implementation](subject), np.finfo(dtype).eps / 2
    for regime in SUBJECTS[subject][0](dtype):
        if regime.name.startswith(("zeros", "wide")) or regime.p.shape[-1] not in (2, 3, 10):
            continue  # −inf where p = 0, which test_*_primitives look at; and lengths that add nothing
        if implementation in COMPILED and regime.name.startswith(("gap-10-", "shift-10-", "far")):
            continue  # the core takes log(q/p) as a difference of large numbers: 29 u, and 1100 u at 1e4
        found = zip(*function(regime.p, regime.q), strict=True)
        for exact, (by_p, by_q) in zip(answers(subject, regime), found, strict=True):
            errors = norm_error(by_p, exact.by_p, u), norm_error(by_q, exact.by_q, u)
            assert max(errors) <= SUBJECTS[subject][2], (regime.name, errors)


# Dynamo makes an instance of every autograd.Function that it traces, which torch itself warns of.
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # Inductor imports what torch deprecates
@pytest.mark.parametrize("subject", ["kl_divergence", "kl_divergence_from_logits"])
def test_compiled_torch_has_the_stated_accuracy(subject: str) -> None:
    """For one length that makes every code path of the compiled loops, vectors and rests, run."""
    function = torch.compile(getattr(torch_kernels, subject), fullgraph=True)
    regimes, _, limit = SUBJECTS[subject]
    u = np.finfo("float32").eps / 2
    for regime in regimes("float32"):
        if regime.name.startswith("gap") and regime.p.shape[-1] == 1000:
            found = function(torch.from_numpy(regime.p), torch.from_numpy(regime.q)).numpy()
            for f, e in zip(found, answers(subject, regime), strict=True):
                assert error(f, e.value, u) <= limit, regime.name
