"""Write numerical_reference.json: D(p ‖ q) in mpmath for drawn pairs that have no exact form.

Run ``python tests/distributions/numerical/make_numerical_reference.py``; it takes some minutes. Values are
computed from the log densities of `mp_densities` alone, twice: at 30 and at 40 digits, with different steps.
Pairs for which the two differ are left out: there mpmath itself is not to be trusted.
"""

import json
import sys
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from mpmath import mp, mpf

sys.path.insert(0, str(Path(__file__).parents[1]))

import mp_densities

import kullback.distributions as kd
from kullback.distributions.divergence import exact_answer, solve

FILE = Path(__file__).with_name("numerical_reference.json")
DRAWS = 160

#: How many parameters: "r" any real number, "p" a positive one, "u" one between 0 and 1.
LINE = {"Normal": "rp", "Laplace": "rp", "Logistic": "rp", "Cauchy": "rp", "StudentT": "prp", "Gumbel": "rp"}
LINE |= {"Moyal": "rp", "ExpGamma": "pp"}
HALF_LINE = {"Gamma": "pp", "HalfNormal": "p", "Weibull": "pp", "Frechet": "pp", "InverseGamma": "pp"}
HALF_LINE |= {"LogNormal": "rp", "InverseGaussian": "pp", "Lindley": "p", "BetaPrime": "pp", "Lomax": "pp"}
HALF_LINE |= {"LogLogistic": "pp", "Burr": "ppp", "HalfCauchy": "p", "Nakagami": "pp"}
UNIT = {"Beta": "pp", "Kumaraswamy": "pp", "ContinuousBernoulli": "u", "LogitNormal": "rp"}
CIRCLE = {"VonMises": "rp", "WrappedCauchy": "ru"}
COUNTS = {"Poisson": "p", "NegativeBinomial": "pu", "Geometric": "u"}
GROUPS = ((LINE, 0.3), (HALF_LINE, 0.4), (UNIT, 0.1), (CIRCLE, 0.1), (COUNTS, 0.1))

Case = tuple[str, tuple[float, ...], str, tuple[float, ...]]


def drawn() -> Iterator[Case]:
    """Pairs of one group with parameters of order one, finite and without an exact form."""
    rng = np.random.default_rng(20)
    make = {
        "r": lambda: rng.normal(),
        "p": lambda: np.exp(0.5 * rng.normal()),
        "u": lambda: rng.uniform(0.1, 0.9),
    }
    while True:
        group = GROUPS[rng.choice(len(GROUPS), p=[share for _, share in GROUPS])][0]
        a, b = rng.choice(sorted(group), 2)
        p, q = (tuple(round(float(make[kind]()), 3) for kind in group[name]) for name in (a, b))
        one, other = getattr(kd, a)(*p), getattr(kd, b)(*q)
        if exact_answer(one, other) is None and np.isfinite(solve(one, other).value):
            yield str(a), p, str(b), q


def reference(case: Case) -> str | None:
    """The divergence to 20 digits, or None where two precisions disagree."""
    a, p, b, q = case
    values = []
    for digits in (30, 40):
        mp.dps = digits
        one, other = (mp_densities.DENSITIES[name](*map(mpf, x)) for name, x in ((a, p), (b, q)))
        values.append(mp_densities.divergence(one, other))
    agree = abs(values[0] - values[1]) < mpf(10) ** -18 * values[1]
    return mp.nstr(values[1], 20) if agree else None


def main() -> None:
    """Write the file."""
    source = drawn()
    cases = [next(source) for _ in range(DRAWS)]
    with Pool(2) as pool:
        rows = [
            json.dumps([*case, value])
            for case, value in zip(cases, pool.imap(reference, cases, chunksize=1), strict=True)
            if value is not None
        ]
    FILE.write_text("[\n" + ",\n".join(rows) + "\n]\n")
    print(f"{len(rows)} of {DRAWS} written")


if __name__ == "__main__":
    main()
