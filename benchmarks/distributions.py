"""Named distributions beside other libraries: ``python -m benchmarks.distributions``.

Prints the tables and writes them to ``distributions.md`` beside this file.
"""

import os

# One thread for everybody; these are read when the libraries load, so they come before the imports.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import argparse  # noqa: E402  (the environment above must come first)
import warnings  # noqa: E402
from collections.abc import Callable, Iterator, Sequence  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from importlib.metadata import PackageNotFoundError, version  # noqa: E402
from pathlib import Path  # noqa: E402
from statistics import median  # noqa: E402
from time import perf_counter  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from mpmath import mp, mpf  # noqa: E402

import kullback.distributions as kd  # noqa: E402
from benchmarks.run import machine  # noqa: E402

TARGET = Path(__file__).with_name("distributions.md")
GAPS = (1e-3, 1e-6, 1e-9)
LIBRARIES = ("kullback", "torch", "tensorflow-probability", "tfp-nightly", "numpyro")

#: A family's name and its parameters, in PyTorch's order.
Member = tuple[str, tuple[Any, ...]]
#: The same two members -> D(p ‖ q) as a library computes it; it raises where the library has no form.
Compute = Callable[[Member, Member], float]


# -- the truth, by textbook formulas in eighty digits --------------------------------------------------------


def _normal(m, s, n, t):
    return mp.log(t / s) + (s**2 + (m - n) ** 2) / (2 * t**2) - mpf(1) / 2


def _laplace(m, b, n, c):
    d = abs(m - n)
    return mp.log(c / b) + (b * mp.exp(-d / b) + d) / c - 1


def _gumbel(m, b, n, c):
    ratio = b / c
    tail = mp.exp((n - m) / c + mp.loggamma(1 + ratio))
    return mp.log(c / b) + mp.euler * (ratio - 1) + (m - n) / c + tail - 1


def _cauchy(m, a, n, b):
    return mp.log(((a + b) ** 2 + (m - n) ** 2) / (4 * a * b))


def _gamma(a, r, b, s):
    return (a - b) * mp.digamma(a) - mp.loggamma(a) + mp.loggamma(b) + b * mp.log(r / s) + a * (s - r) / r


def _weibull(l1, k1, l2, k2):
    return (
        mp.log(k1 / l1**k1)
        - mp.log(k2 / l2**k2)
        + (k1 - k2) * (mp.log(l1) - mp.euler / k1)
        + (l1 / l2) ** k2 * mp.gamma(k2 / k1 + 1)
        - 1
    )


def _dirichlet(a, b):
    log_beta = [mp.fsum(mp.loggamma(x) for x in c) - mp.loggamma(mp.fsum(c)) for c in (a, b)]
    total, pairs = mp.digamma(mp.fsum(a)), zip(a, b, strict=True)
    return log_beta[1] - log_beta[0] + mp.fsum((x - y) * (mp.digamma(x) - total) for x, y in pairs)


def _bernoulli(p, q):
    return _categorical([p, 1 - p], [q, 1 - q])


def _categorical(p, q):
    p, q = ([x / mp.fsum(c) for x in c] for c in (p, q))
    return mp.fsum(x * mp.log(x / y) for x, y in zip(p, q, strict=True) if x)


def _von_mises(m, k, n, c):
    ratio = mp.besseli(1, k) / mp.besseli(0, k)
    return mp.log(mp.besseli(0, c) / mp.besseli(0, k)) + ratio * (k - c * mp.cos(m - n))


def _normal_vector(m, a, n, b):
    a, b, away = mp.matrix(a), mp.matrix(b), mp.matrix(n) - mp.matrix(m)
    x = mp.inverse(b) * a
    z = mp.inverse(b) * away
    logs = mp.fsum(mp.log(b[i, i] / a[i, i]) for i in range(a.rows))
    return logs + (mp.fsum(v**2 for v in x) + mp.fsum(v**2 for v in z) - a.rows) / 2


TRUTH: dict[str, Callable[..., Any]] = {
    "Normal": _normal,
    "LogNormal": _normal,
    "Laplace": _laplace,
    "Gumbel": _gumbel,
    "Cauchy": _cauchy,
    "Exponential": lambda r, s: mp.log(r / s) + s / r - 1,
    "Gamma": _gamma,
    "InverseGamma": _gamma,
    "Weibull": _weibull,
    "Beta": lambda a, b, c, d: _dirichlet([a, b], [c, d]),
    "Dirichlet": _dirichlet,
    "VonMises": _von_mises,
    "Bernoulli": _bernoulli,
    "Binomial": lambda n, p, _, q: n * _bernoulli(p, q),
    "Geometric": lambda p, q: _bernoulli(p, q) / p,
    "Poisson": lambda r, s: r * mp.log(r / s) - r + s,
    "Categorical": _categorical,
    "MultivariateNormal": _normal_vector,
}

MEMBERS: tuple[Member, ...] = (
    ("Normal", (0.7, 1.3)),
    ("LogNormal", (0.7, 1.3)),
    ("Laplace", (0.7, 1.3)),
    ("Gumbel", (0.7, 1.3)),
    ("Cauchy", (0.7, 1.3)),
    ("Exponential", (1.7,)),
    ("Gamma", (2.3, 1.7)),
    ("InverseGamma", (2.3, 1.7)),
    ("Weibull", (1.7, 2.3)),
    ("Beta", (2.3, 1.7)),
    ("Dirichlet", ([100.0, 40.0, 7.0],)),
    ("VonMises", (0.7, 2.3)),
    ("Bernoulli", (0.3,)),
    ("Binomial", (9.0, 0.3)),
    ("Geometric", (0.3,)),
    ("Poisson", (3.7,)),
    ("Categorical", ([0.2, 0.3, 0.5],)),
    ("MultivariateNormal", ([0.7, -0.2, 1.1], [[1.0, 0.0, 0.0], [0.9, 0.3, 0.0], [-0.4, 0.2, 0.01]])),
)


def moved(member: Member, gap: float) -> Member:
    """A member whose parameters are off by about `gap`, up and down in turn; counts of trials stay."""
    family, parameters = member
    signs = iter([1.0, -0.5] * 10)

    def move(x: Any) -> Any:
        return [move(y) for y in x] if isinstance(x, list) else x * (1 + gap * next(signs)) if x else 0.0

    new = tuple(x if family == "Binomial" and i == 0 else move(x) for i, x in enumerate(parameters))
    if family == "Categorical":
        total = sum(new[0])
        new = ([x / total for x in new[0]],)
    return family, new


def truth(p: Member, q: Member) -> Any:
    """D(p ‖ q) of two members of one family, in eighty digits."""
    with mp.workdps(80):
        return +TRUTH[p[0]](*_exactly(p[1]), *_exactly(q[1]))


def _exactly(x: Any) -> Any:
    return [_exactly(y) for y in x] if isinstance(x, (list, tuple)) else mpf(x)


# -- the libraries -------------------------------------------------------------------------------------------


def libraries() -> Iterator[tuple[str, Compute]]:
    """This package, and those that are installed."""
    for name, make in (("kullback", _kullback), ("torch", _torch), ("TFP", _tfp), ("NumPyro", _numpyro)):
        try:
            yield name, make()
        except ImportError as missing:
            print(f"not installed, left out: {missing.name}")


def _kullback() -> Compute:
    def compute(p: Member, q: Member) -> float:
        return float(kd.kl_divergence(*(getattr(kd, n)(**_named(n, x)) for n, x in (p, q))))

    return compute


def _named(family: str, parameters: tuple[Any, ...]) -> dict[str, Any]:
    """Arguments by PyTorch's names, which are this package's."""
    names = {
        "Normal": "loc scale",
        "LogNormal": "loc scale",
        "Laplace": "loc scale",
        "Gumbel": "loc scale",
        "Cauchy": "loc scale",
        "Exponential": "rate",
        "Poisson": "rate",
        "Gamma": "concentration rate",
        "InverseGamma": "concentration rate",
        "Weibull": "scale concentration",
        "Beta": "concentration1 concentration0",
        "Dirichlet": "concentration",
        "VonMises": "loc concentration",
        "Bernoulli": "probs",
        "Geometric": "probs",
        "ContinuousBernoulli": "probs",
        "Binomial": "total_count probs",
        "Categorical": "probs",
        "Uniform": "low high",
        "MultivariateNormal": "loc scale_tril",
    }[family].split()
    return dict(zip(names, parameters, strict=True))


def _torch() -> Compute:
    import torch

    def compute(p: Member, q: Member) -> float:
        one, other = (_torch_distribution(torch, *x) for x in (p, q))
        return float(torch.distributions.kl_divergence(one, other))

    return compute


def _torch_distribution(torch: Any, family: str, parameters: tuple[Any, ...]) -> Any:
    named = {key: torch.tensor(x, dtype=torch.float64) for key, x in _named(family, parameters).items()}
    if family == "Binomial":
        named["total_count"] = int(parameters[0])
    return getattr(torch.distributions, family)(**named)


def _tfp() -> Compute:
    import jax.numpy as jnp
    import tensorflow_probability.substrates.jax as tfp

    others = {"rate": {"InverseGamma": "scale"}}

    def make(family: str, parameters: tuple[Any, ...]) -> Any:
        named = _named(family, parameters)
        renamed = {others.get(k, {}).get(family, k): jnp.asarray(x, dtype=float) for k, x in named.items()}
        name = "MultivariateNormalTriL" if family == "MultivariateNormal" else family
        return getattr(tfp.distributions, name)(**renamed)

    def compute(p: Member, q: Member) -> float:
        return float(make(*p).kl_divergence(make(*q)))

    return compute


def _numpyro() -> Compute:
    import jax.numpy as jnp
    import numpyro.distributions as npd

    names = {"Categorical": "CategoricalProbs", "Bernoulli": "BernoulliProbs", "Binomial": "BinomialProbs"}
    names["Geometric"] = "GeometricProbs"

    def make(family: str, parameters: tuple[Any, ...]) -> Any:
        named = {key: jnp.asarray(x, dtype=float) for key, x in _named(family, parameters).items()}
        return getattr(npd, names.get(family, family))(**named)

    def compute(p: Member, q: Member) -> float:
        return float(npd.kl_divergence(make(*p), make(*q)))

    return compute


def attempt(compute: Compute, p: Member, q: Member) -> float | None:
    """What the library says; None where it has no form for the pair, or refuses its parameters."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compute(p, q)
    except (NotImplementedError, AttributeError, ValueError, TypeError):
        return None


# -- what is shown -------------------------------------------------------------------------------------------


def accuracy_tables(found: list[tuple[str, Compute]]) -> Iterator[str]:
    """Relative errors, family by family, for each gap."""
    for gap in GAPS:
        rows = []
        for member in MEMBERS:
            near = moved(member, gap)
            true = truth(member, near)
            values = [attempt(compute, member, near) for _, compute in found]
            rows.append([member[0], mp.nstr(true, 4), *(_error(value, true) for value in values)])
        yield f"### Gap {gap:g}"
        yield _table(["P, and Q near it", "D(P ‖ Q)", *(name for name, _ in found)], rows)


def _error(value: float | None, true: Any) -> str:
    if value is None:
        return "`none`"
    if not np.isfinite(value):
        return str(value)
    error = float(abs(mpf(value) - true) / true)
    return f"{error:.0e}{' −' if value < 0 else ''}" if error else "0"


@dataclass(frozen=True)
class Trap:
    """A pair that a formula may get wrong, and the truth."""

    p: Member
    q: Member
    true: float


def traps() -> list[Trap]:
    """Ends of parameter ranges, far scales, large parameters, and families that share a support."""
    half, unit = ("ContinuousBernoulli", (0.3,)), ("Uniform", (0.0, 1.0))
    eta = mp.log(mpf(3) / 7)
    log_mass, mean = mp.log(mp.expm1(eta) / eta), 1 / (1 - mp.exp(-eta)) - 1 / eta
    at_ends = [
        (("Binomial", (5.0, 1.0)), ("Binomial", (5.0, 0.5)), 5 * mp.log(2)),
        (("Binomial", (5.0, 1.0)), ("Binomial", (5.0, 1.0)), 0),
        (("Poisson", (0.0,)), ("Poisson", (1.0,)), 1),
        (("Geometric", (1.0,)), ("Geometric", (1.0,)), 0),
        (half, unit, eta * mean - log_mass),
        (unit, half, log_mass - eta / 2),
    ]
    inside = [
        (("Bernoulli", (0.5,)), ("Bernoulli", (1e-300,))),
        (("Normal", (0.0, 1e-200)), ("Normal", (1e-200, 1e200))),
        (("Exponential", (1.0,)), ("Exponential", (3.0,))),
        (("Gamma", (1e8, 1.0)), ("Gamma", (1e8, 1.0 + 1e-9))),
        (("Beta", (1e5, 1e5)), ("Beta", (1.001e5, 1e5))),
        (("VonMises", (0.0, 1e4)), ("VonMises", (0.0, 2e4))),
    ]
    return [Trap(p, q, float(true)) for p, q, true in at_ends] + [
        Trap(p, q, float(truth(p, q))) for p, q in inside
    ]


def trap_table(found: list[tuple[str, Compute]]) -> str:
    """What every library says of the traps."""
    rows = []
    for trap in traps():
        values = [attempt(compute, trap.p, trap.q) for _, compute in found]
        pair = f"{_text(trap.p)} ‖ {_text(trap.q)}"
        rows.append([pair, f"{trap.true:.6g}", *(_judged(v, trap.true) for v in values)])
    return _table(["Pair", "truth", *(name for name, _ in found)], rows)


def _text(member: Member) -> str:
    return f"{member[0]}({', '.join(f'{x:.10g}' for x in member[1])})"


def _judged(value: float | None, true: float) -> str:
    if value is None:
        return "`none`"
    right = abs(value - true) <= 1e-9 * abs(true)
    return f"{value:.6g}" if right else f"**{value:.6g}**"


def speed_table(rounds: int, n: int) -> str:
    """How long a batch of normals takes beside PyTorch's own formula: the value, and with gradients."""
    import torch

    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    draws = [torch.rand(n, generator=generator, dtype=torch.float64) + 0.5 for _ in range(4)]
    peers: dict[str, Callable[..., Any]] = {
        "torch": lambda a, b, c, d: torch.distributions.kl_divergence(*_normals(torch, a, b, c, d)),
        "kullback, of torch's objects": lambda a, b, c, d: kd.kl_divergence(*_normals(torch, a, b, c, d)),
        "kullback, of its own": lambda a, b, c, d: kd.kl_divergence(
            kd.Normal.trusted(loc=a, scale=b), kd.Normal.trusted(loc=c, scale=d)
        ),
    }

    def value(compute: Callable[..., Any]) -> None:
        with torch.no_grad():
            compute(*draws)

    def gradient(compute: Callable[..., Any]) -> None:
        asked = [x.clone().requires_grad_() for x in draws]
        compute(*asked).sum().backward()

    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds + 1):
        for name, compute in peers.items():
            for kind, run in (("value", value), ("gradient", gradient)):
                start = perf_counter()
                run(compute)
                times.setdefault((name, kind), []).append(perf_counter() - start)
    rows = []
    for name in peers:
        cells = [name]
        for kind in ("value", "gradient"):
            own, theirs = times[name, kind][1:], times["torch", kind][1:]
            ratio = median(x / y for x, y in zip(own, theirs, strict=True))
            cells += [f"{median(own) * 1e3:.1f}", f"{ratio:.2f}"]
        rows.append(cells)
    return _table(["", "value, ms", "× torch", "value and gradients, ms", "× torch"], rows)


def _normals(torch: Any, a: Any, b: Any, c: Any, d: Any) -> tuple[Any, Any]:
    make = torch.distributions.Normal
    return make(a, b, validate_args=False), make(c, d, validate_args=False)


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def report(*, quick: bool) -> str:
    """Everything, as Markdown."""
    found = list(libraries())
    here = machine()
    parts = [
        "# Named distributions: accuracy and speed",
        f"Written by `python -m benchmarks.distributions{' --quick' if quick else ''}` on "
        f"{datetime.now(UTC):%Y-%m-%d}: {here['processor']}, {here['system']}, "
        f"Python {here['python']}, one thread. "
        + ", ".join(f"{name} {number}" for name, number in _versions())
        + ".",
        "## Relative error within a family, as Q draws near P",
        "float64, against textbook formulas in mpmath with 80 digits. 1e+00: no digit is right; − marks "
        "an answer below zero, `none` a pair that the library does not know.",
        *accuracy_tables(found),
        "## Pairs that are wrong elsewhere",
        "In bold what is off by more than 1e-9.",
        trap_table(found),
        "## A batch of normals beside PyTorch's own formula",
        f"{10**4 if quick else 10**6:,} pairs in float64; medians over interleaved rounds.",
        speed_table(3 if quick else 15, 10**4 if quick else 10**6),
    ]
    return "\n\n".join(parts) + "\n"


def _versions() -> Iterator[tuple[str, str]]:
    for name in LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.distributions", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small batch, and nothing is written")
    parser.add_argument("--output", type=Path, help=f"the file to write, by default {TARGET.name}")
    options = parser.parse_args(arguments)
    text = report(quick=options.quick)
    print(text)
    target = options.output or (None if options.quick else TARGET)
    if target is not None:
        target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
