"""Inputs from every regime in which a formula for D can go wrong, in batches of rows of one length."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

# Rows per length: many short ones, where single roundings show, and a few long ones, where sums do.
ROWS = {1: 1, 2: 30, 3: 30, 10: 15, 1000: 2, 20000: 1}
GAPS = {"float64": (1e-1, 1e-3, 1e-6, 1e-9, 1e-12), "float32": (1e-1, 1e-3, 1e-6)}
TINY = {"float64": 1e-300, "float32": 1e-34}
SUBNORMAL = {"float64": 3e-320, "float32": 3e-42}


class Regime(NamedTuple):
    """One batch: first and second argument, ``(rows, n)``, and the digits that a reference must carry."""

    name: str
    p: np.ndarray
    q: np.ndarray
    digits: int = 60


def probabilities(dtype: str) -> Iterator[Regime]:
    rng = np.random.default_rng(20240229)

    def normalised(x: np.ndarray) -> np.ndarray:
        return (x / x.sum(-1, keepdims=True)).astype(dtype)

    def dirichlet(n: int, rows: int) -> np.ndarray:
        concentration = rng.choice([0.5, 1.0, 10.0], size=(rows, 1))
        return rng.gamma(concentration, size=(rows, n)) + 1e-20

    for n, rows in ROWS.items():
        p = dirichlet(n, rows)
        yield Regime(f"dirichlet-{n}", normalised(p), normalised(dirichlet(n, rows)))
        for gap in GAPS[dtype]:
            if n > 1 and (n < 20000 or gap == 1e-6):
                q = p * (1 + gap * rng.standard_normal(p.shape))
                yield Regime(f"gap-{gap:g}-{n}", normalised(p), normalised(np.abs(q)))
    for n in (2, 3, 10, 1000):
        span = np.log(TINY[dtype])
        p, q = (np.exp(span * rng.random((ROWS[n], n))) for _ in range(2))
        yield Regime(f"wide-{n}", normalised(p), normalised(q), digits=700 if n <= 10 else 60)
    for n in (3, 10):
        p, q = dirichlet(n, ROWS[n]), dirichlet(n, ROWS[n])
        p[::2, 0] = 0
        yield Regime(f"zeros-{n}", normalised(p), normalised(q))
        # Sums that are off by several roundings, in both directions.
        off = 1 + 8 * np.finfo(dtype).eps * rng.choice([-1, 1], size=(ROWS[n], 1))
        yield Regime(f"sums-{n}", (normalised(q) * off).astype(dtype), normalised(dirichlet(n, ROWS[n])))


def subnormals(dtype: str) -> Iterator[Regime]:
    """Subnormal entries, which matter in q (a large logarithm) and hardly in p."""
    small = SUBNORMAL[dtype]
    p = np.array([[0.5, 0.5, 0], [0.5, 0.5, small], [1, small, 2 * small]], dtype=dtype)
    q = np.array([[0.5, small, 0.5], [0.25, 0.5, 0.25], [small, 1, 3 * small]], dtype=dtype)
    yield Regime("subnormal", p, q, digits=700)


def weights(dtype: str) -> Iterator[Regime]:
    """Weights whose sums differ by up to a million: nearly equal once normalised, or not."""
    rng = np.random.default_rng(7)
    for regime in probabilities(dtype):
        if regime.name.startswith(("dirichlet", "gap", "zeros")):
            scale = 10 ** rng.uniform(-3, 6, size=(len(regime.p), 1))
            yield regime._replace(q=(regime.q * scale).astype(dtype))


def logits(dtype: str) -> Iterator[Regime]:
    rng = np.random.default_rng(11)
    for n, rows in ROWS.items():
        a = rng.choice([1.0, 3.0], size=(rows, 1)) * rng.standard_normal((rows, n))
        for gap in (10.0, 1.0, *GAPS[dtype]):
            if 1 < n < 20000 or gap == 1e-3:
                noise = gap * rng.standard_normal(a.shape)
                yield Regime(f"gap-{gap:g}-{n}", a.astype(dtype), (a + noise).astype(dtype))
                yield Regime(
                    f"shift-{gap:g}-{n}", a.astype(dtype), (a.astype(dtype) + 3 + noise).astype(dtype)
                )
    a, b = (4 * rng.standard_normal((10, 8)) for _ in range(2))
    a[:, 3] = b[:, 3] = -np.inf
    a[5:, 4] = -np.inf
    yield Regime("masked", a.astype(dtype), b.astype(dtype))
    a = np.array([[0, 0], [0, -30.25], [-30.25, 0], [0, 60.5], [1e4, 0]])
    b = np.array([[0, 1e4], [0, -3.1], [-3.1, 0], [0, 0], [0, 0]])
    yield Regime("far", a.astype(dtype), b.astype(dtype))
