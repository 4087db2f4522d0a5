"""Write reference.json and gradients.json: D(p ‖ q) and its slopes in mpmath, for the exact scalar pairs.

Run ``python tests/distributions/make_reference.py`` after adding a family or a pair; it takes some minutes.
Values come from the log densities of `mp_densities` alone; the package only says which pairs it calls exact.
"""

import json
import math
import sys
from collections.abc import Callable
from multiprocessing import Pool
from pathlib import Path

from mpmath import mp, mpf

sys.path.insert(0, str(Path(__file__).parent))

import mp_densities

import kullback.distributions as kd
from kullback.distributions.divergence import exact_answer

FILE = Path(__file__).with_name("reference.json")
GRADIENTS = Path(__file__).with_name("gradients.json")

#: Parameters of p and of q. Where a form holds at an equal parameter alone, the two have it equal.
PARAMETERS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "Normal": ((0.3, 1.2), (-0.2, 0.9)),
    "Laplace": ((0.3, 0.8), (-0.4, 1.5)),
    "Logistic": ((0.3, 0.7), (-0.5, 0.7)),
    "Cauchy": ((0.3, 1.2), (-0.2, 0.9)),
    "StudentT": ((5.0, 0.3, 1.1), (4.0, 0.1, 1.3)),
    "Gumbel": ((0.3, 0.6), (-0.2, 1.4)),
    "Moyal": ((0.3, 0.6), (-0.2, 1.4)),
    "ExpGamma": ((2.0, 1.5), (1.3, 0.8)),
    "ExpInverseGamma": ((3.0, 1.5), (1.3, 0.8)),
    "Gamma": ((2.5, 1.6), (1.7, 0.9)),
    "Erlang": ((3.0, 1.7), (2.0, 1.1)),
    "Exponential": ((1.7,), (0.8,)),
    "ChiSquared": ((3.5,), (2.6,)),
    "Chi": ((3.5,), (2.2,)),
    "HalfNormal": ((1.2,), (0.8,)),
    "Rayleigh": ((1.2,), (0.8,)),
    "Maxwell": ((1.2,), (0.8,)),
    "Nakagami": ((1.4, 2.0), (0.8, 1.5)),
    "Weibull": ((1.2, 1.8), (0.9, 1.3)),
    "Frechet": ((1.2, 3.2), (0.9, 1.6)),
    "InverseGamma": ((3.5, 1.2), (2.2, 0.8)),
    "Levy": ((1.2,), (0.8,)),
    "GeneralizedGamma": ((1.1, 1.6, 1.4), (0.9, 2.2, 0.8)),
    "LogNormal": ((0.3, 0.6), (-0.2, 0.9)),
    "Pareto": ((1.2, 4.5), (0.9, 2.5)),
    "LogUniform": ((0.7, 2.0), (0.5, 3.0)),
    "InverseGaussian": ((1.2, 2.0), (0.9, 1.5)),
    "Lindley": ((1.2,), (0.7,)),
    "BetaPrime": ((3.2, 4.5), (1.5, 2.5)),
    "FisherSnedecor": ((7.0, 9.0), (3.0, 6.0)),
    "Lomax": ((1.2, 4.5), (0.8, 2.5)),
    "LogLogistic": ((1.2, 3.5), (0.8, 3.5)),
    "Burr": ((1.2, 2.5, 2.0), (0.8, 1.5, 1.2)),
    "HalfCauchy": ((1.2,), (0.8,)),
    "Uniform": ((0.2, 0.9), (0.1, 0.95)),
    "Beta": ((2.5, 3.5), (1.6, 1.2)),
    "Kumaraswamy": ((2.5, 3.5), (2.5, 1.2)),
    "ContinuousBernoulli": ((0.7,), (0.2,)),
    "LogitNormal": ((0.3, 0.6), (-0.2, 0.9)),
    "VonMises": ((0.3, 1.6), (-0.2, 0.9)),
    "WrappedCauchy": ((0.3, 0.6), (-0.2, 0.3)),
    "Bernoulli": ((0.3,), (0.6,)),
    "Binomial": ((5.0, 0.3), (5.0, 0.6)),
    "BetaBinomial": ((5.0, 1.3, 2.0), (5.0, 2.0, 1.1)),
    "DiscreteUniform": ((1.0, 4.0), (1.0, 5.0)),
    "Geometric": ((0.3,), (0.6,)),
    "NegativeBinomial": ((2.5, 0.3), (2.5, 0.6)),
    "Poisson": ((1.3,), (2.1,)),
    "Skellam": ((1.3, 0.7), (2.1, 1.0)),
    "Zipf": ((2.5,), (1.7,)),
}
#: Further pairs whose supports do not fit with the parameters above.
ELSEWHERE: list[tuple[str, tuple[float, ...], str, tuple[float, ...]]] = [
    ("Uniform", (1.5, 2.5), "Pareto", (0.9, 2.5)),
    ("Uniform", (0.6, 2.5), "LogUniform", (0.5, 3.0)),
    ("LogUniform", (1.2, 2.0), "Pareto", (0.9, 2.5)),
    ("LogUniform", (0.2, 0.9), "ContinuousBernoulli", (0.2,)),
    ("LogUniform", (0.7, 2.0), "Uniform", (0.5, 3.0)),
    ("Beta", (2.5, 3.5), "Uniform", (-0.5, 1.5)),
    ("Kumaraswamy", (2.5, 3.5), "Uniform", (-0.5, 1.5)),
    ("ContinuousBernoulli", (0.7,), "Uniform", (-0.5, 1.5)),
    ("Moyal", (0.3, 0.4), "ExpGamma", (1.3, 0.8)),
    ("Bernoulli", (0.3,), "DiscreteUniform", (0.0, 2.0)),
    ("Binomial", (4.0, 0.3), "DiscreteUniform", (0.0, 5.0)),
    ("BetaBinomial", (4.0, 1.3, 2.0), "DiscreteUniform", (0.0, 5.0)),
    ("DiscreteUniform", (0.0, 1.0), "Bernoulli", (0.6,)),
    ("Binomial", (3.0, 0.3), "Binomial", (5.0, 0.6)),
]
GAPS = (1e-3, 1e-6, 1e-9)
#: Parameters that keep their value near p = q: whole numbers, and those that a form needs equal.
FIXED = {"Erlang": {0}, "Logistic": {1}, "LogLogistic": {1}, "Kumaraswamy": {0}, "NegativeBinomial": {0}}
FIXED |= {"Binomial": {0}, "BetaBinomial": {0}, "DiscreteUniform": {0, 1}}
#: Each parameter moves by its own multiple of the gap.
STEPS = (1.0, -0.7, 0.4)
#: So that p stays inside q's support.
OUTWARD = {"Uniform": (-1.0, 1.0), "LogUniform": (-1.0, 1.0), "Pareto": (-1.0, 0.7)}

Case = tuple[str, tuple[float, ...], str, tuple[float, ...]]


def near(family: str, gap: float) -> tuple[float, ...]:
    """The parameters of p, moved by about `gap`."""
    steps = OUTWARD.get(family, STEPS)
    fixed = FIXED.get(family, set())
    return tuple(x if k in fixed else x * (1 + gap * steps[k]) for k, x in enumerate(PARAMETERS[family][0]))


def cases() -> list[Case]:
    """Every ordered pair with a finite exact answer, and every exact family near itself."""
    found: list[Case] = []
    for a, (p, _) in PARAMETERS.items():
        for b, (_, q) in PARAMETERS.items():
            answer = exact_answer(getattr(kd, a)(*p), getattr(kd, b)(*q))
            if answer is not None and math.isfinite(answer.value):
                found.append((a, p, b, q))
    found += ELSEWHERE
    exact = {a for a, _, b, _ in found if a == b}
    alone = sorted(exact - {"DiscreteUniform"})
    return found + [(a, PARAMETERS[a][0], a, near(a, gap)) for a in alone for gap in GAPS]


def reference(case: Case) -> str:
    """The divergence of one case, to 25 digits."""
    a, p, b, q = case
    close = a == b and all(abs(x - y) < 0.01 * abs(x) for x, y in zip(p, q, strict=True))
    mp.dps = 60 if close else 30
    if a == b == "Zipf":
        return mp.nstr(mp_densities.between_zipfs(mpf(p[0]), mpf(q[0])), 25)
    one, other = mp_densities.DENSITIES[a], mp_densities.DENSITIES[b]
    value = mp_densities.divergence(one(*map(mpf, p)), other(*map(mpf, q)))
    return mp.nstr(value, 25)


#: Parameters that a form has no slope in: whole numbers, and those that it needs equal.
LEVEL = FIXED | {"Erlang": {0}}


def gradient(case: Case) -> list[str | None]:
    """The slope in each parameter of p, then of q, by central differences at 60 digits; None where LEVEL."""
    a, p, b, q = case
    mp.dps = 60
    one, other = mp_densities.DENSITIES[a], mp_densities.DENSITIES[b]
    level = [k in LEVEL.get(a, ()) for k in range(len(p))] + [k in LEVEL.get(b, ()) for k in range(len(q))]
    theta = [mpf(x) for x in (*p, *q)]
    slopes: list[str | None] = []
    for k, x in enumerate(theta):
        if level[k]:
            slopes.append(None)
            continue
        step = abs(x) * mpf(10) ** -15
        values = []
        for move in (step, -step):
            moved = [*theta[:k], x + move, *theta[k + 1 :]]
            u, v = moved[: len(p)], moved[len(p) :]
            zipf = a == b == "Zipf"
            values.append(
                mp_densities.between_zipfs(u[0], v[0])
                if zipf
                else mp_densities.divergence(one(*u), other(*v))
            )
        slopes.append(mp.nstr((values[0] - values[1]) / (2 * step), 20))
    return slopes


def gradient_cases() -> list[Case]:
    """Every family with itself, far and near, and every ninth pair of different families."""
    rows = cases()
    same = [case for case in rows if case[0] == case[2] and case[3] != near(case[0], 1e-3)]
    different = [case for case in rows if case[0] != case[2]]
    chosen = [case for case in same if case[3] != near(case[0], 1e-9)] + different[::9]
    ends = {"Uniform", "LogUniform", "Pareto", "DiscreteUniform"}  # the support moves with the parameters
    return [case for case in chosen if not ends & {case[0], case[2]}]


def fill(file: Path, todo: list[Case], compute: Callable[[Case], object]) -> None:
    """Compute the cases that the file lacks, and leave out those that are no longer asked for."""
    known = {json.dumps(row[:4]): row for row in json.loads(file.read_text())} if file.exists() else {}
    missing = [case for case in todo if json.dumps(case) not in known]
    with Pool(2) as pool:
        results = pool.imap(compute, missing, chunksize=1)
        for k, (case, value) in enumerate(zip(missing, results, strict=True)):
            known[json.dumps(case)] = [*json.loads(json.dumps(case)), value]
            if k % 50 == 0:
                print(k, len(missing), case, value, flush=True)
    keep = {json.dumps(case) for case in todo}
    rows = [json.dumps(known[key]) for key in sorted(known) if key in keep]
    file.write_text("[\n" + ",\n".join(rows) + "\n]\n")


def main() -> None:
    """Bring both files up to date."""
    fill(FILE, cases(), reference)
    fill(GRADIENTS, gradient_cases(), gradient)


if __name__ == "__main__":
    main()
