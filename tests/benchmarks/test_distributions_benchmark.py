"""The benchmark's own truths, and that it runs."""

import mpmath
import numpy as np
import pytest
from benchmarks.distributions import MEMBERS, attempt, libraries, moved, speed_table, traps, truth
from mpmath import mpf

from kullback.distributions import Gamma, Gumbel, Laplace, LogNormal, Normal, VonMises, Weibull

FAMILIES = {"Normal": Normal, "LogNormal": LogNormal, "Laplace": Laplace, "Gumbel": Gumbel, "Gamma": Gamma}
FAMILIES |= {"Weibull": Weibull, "VonMises": VonMises}
ENDS = {"LogNormal": (0, 1e7), "Gamma": (0, 60), "Weibull": (0, 20), "VonMises": (-np.pi, np.pi)}


@pytest.mark.parametrize("member", [m for m in MEMBERS if m[0] in FAMILIES], ids=lambda m: m[0])
def test_the_truth_is_the_integral(member):
    near = moved(member, 0.1)
    p, q = (FAMILIES[name](*parameters) for name, parameters in (member, near))
    low, high = ENDS.get(member[0], (-40, 60))
    nodes, weights = np.polynomial.legendre.leggauss(30)
    kinks = [member[1][0], near[1][0], *low + np.geomspace(1e-9, 1e7, 500)]
    edges = np.sort(np.clip([*np.linspace(low, high, 2001), *kinks], low, high))
    half = 0.5 * np.diff(edges)[:, None]
    x = 0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes
    with np.errstate(all="ignore"):
        log_p, log_q = p.log_prob(x), q.log_prob(x)
        terms = np.where(log_p > -700, np.exp(log_p) * (log_p - log_q), 0.0)
    assert float(truth(member, near)) == pytest.approx(float(np.sum(half * weights * terms)), rel=1e-9)


def test_a_gap_moves_every_parameter_but_the_trials():
    assert moved(("Binomial", (9.0, 0.3)), 1e-3)[1] == (9.0, pytest.approx(0.3003))
    assert moved(("Normal", (0.5, 2.0)), 1e-3)[1] == (pytest.approx(0.5005), pytest.approx(1.999))
    _, (probs,) = moved(("Categorical", ([0.2, 0.3, 0.5],)), 1e-3)
    assert sum(probs) == pytest.approx(1.0)


def test_this_package_is_right_and_passes_every_trap():
    name, ours = next(libraries())
    assert name == "kullback"
    for member in MEMBERS:
        near = moved(member, 1e-6)
        assert attempt(ours, member, near) == pytest.approx(float(truth(member, near)), rel=1e-13)
    for trap in traps():
        assert attempt(ours, trap.p, trap.q) == pytest.approx(trap.true, rel=1e-9), trap
    assert mpmath.almosteq(truth(("Exponential", (1.0,)), ("Exponential", (3.0,))), 2 - mpmath.log(mpf(3)))


def test_speed_is_told_beside_torch():
    table = speed_table(1, 100)
    assert table.splitlines()[2].startswith("| torch |")
    assert "| 1.00 |" in table.splitlines()[2]
