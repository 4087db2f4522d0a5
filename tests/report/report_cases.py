"""Results built by hand: the numbers come from mpmath with 50 digits, not from the package."""

from collections.abc import Hashable, Sequence

import mpmath
import numpy as np

from kullback.result import Bounded, Divergence, Estimated, Exact, Note, Terms
from kullback.units import Unit

_BASE = {"nats": mpmath.e, "bits": 2, "bans": 10}


def divergence(
    p: Sequence[float],
    q: Sequence[float],
    outcomes: Sequence[Hashable] | None = None,
    unit: Unit = "nats",
    names: tuple[str, str] = ("P", "Q"),
    both: bool = False,
) -> Divergence:
    with mpmath.workdps(50):
        parts = [_part(mpmath.mpf(a), mpmath.mpf(b), unit) for a, b in zip(p, q, strict=True)]
        # The divergence of the normalised vectors: stored decimals sum to one only up to rounding.
        total_p, total_q = mpmath.fsum(map(mpmath.mpf, p)), mpmath.fsum(map(mpmath.mpf, q))
        value = mpmath.fsum(parts) / total_p + mpmath.log(total_q / total_p) / mpmath.log(_BASE[unit])
        contributions = np.array([float(part) for part in parts])
    names_of = tuple(range(len(p)) if outcomes is None else outcomes)
    terms = Terms(names_of, np.array(p, dtype=float), np.array(q, dtype=float), contributions)
    missed = tuple(x for x, a, b in zip(names_of, p, q, strict=True) if a > 0 == b)
    notes = (Note("infinite", "Q rules it out.", missed),) if missed else ()
    reverse = divergence(q, p, outcomes, unit, names[::-1]) if both else None
    return Divergence(float(value), unit, "exact", Exact(0.0), terms, notes, names, reverse)


def _part(a: mpmath.mpf, b: mpmath.mpf, unit: Unit) -> mpmath.mpf:
    if a == 0:
        return mpmath.mpf(0)
    return mpmath.inf if b == 0 else a * mpmath.log(a / b) / mpmath.log(_BASE[unit])


EXERCISE = divergence([0.5, 0.3, 0.2], [0.4, 0.4, 0.2])
INFINITE = divergence([0.5, 0.3, 0.2, 0.0], [0.4, 0.6, 0.0, 0.0], ["a", "b", "c", "d"])
SAME = divergence([0.5, 0.5], [0.5, 0.5])
TINY = divergence([0.5, 0.3, 0.2], [0.50002, 0.29999, 0.19999])
_GAP = 2.0**-40
MINUSCULE = divergence([0.25, 0.75], [0.25 + _GAP, 0.75 - _GAP])
BOTH = divergence([0.5, 0.3, 0.2], [0.4, 0.4, 0.2], "abc", "bits", ("English", "French"), both=True)
_weights = np.random.default_rng(7).dirichlet(np.ones(1000), 2)
MANY = divergence(_weights[0].tolist(), _weights[1].tolist())

HOSTILE_LABELS = (
    "<script>alert(1)</script>",
    "a&b",
    "a|b",
    "`code`",
    "_under_ *star*",
    "\\input{x} $x^2$ %",
    "new\nline\ttab\r",
    "\x1b[31mred\x07\x00",
    "\u202egnp.exe",
    "שלום",
    "日本語",
    "x" * 500,
    "",
    " ",
    "\ud800",
)
HOSTILE = divergence(
    [1 / 15] * 15,
    [0.5 / 15] * 7 + [1 / 15] + [1.5 / 15] * 7,
    HOSTILE_LABELS,
    "bits",
    ("$P$ <b>&", "[Q|_^~#%](x)\n"),
)

ESTIMATED = Divergence(
    -0.003, "nats", "nearest-neighbours", Estimated(0.01, (-0.02, 0.017)), None, (Note("k", "k = 3 *used*"),)
)
BOUNDED = Divergence(0.25, "bans", "quadrature", Bounded(0.2, 0.3))

ALL = (EXERCISE, INFINITE, SAME, TINY, MINUSCULE, BOTH, MANY, HOSTILE, ESTIMATED, BOUNDED)
