"""`compare` against high precision, on everything that it takes."""

import math

import jax.numpy as jnp
import mpmath
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.stats
import torch

from kullback import Counts, Divergence, Logits, LogProbs, Probs, compare
from kullback.distributions import Normal, StudentT, Uniform
from kullback.errors import (
    DtypeError,
    InvalidInputError,
    InvalidTypeError,
    NormalizationError,
    ShapeError,
    UnknownRouteError,
    ValueRangeError,
)
from kullback.result import Bounded, Estimated, Exact

P, Q = (0.5, 0.3, 0.2), (0.4, 0.4, 0.2)
U = 2.0**-53


def true_kl(weights_p, weights_q) -> mpmath.mpf:
    """D of the normalised weights with 60 digits, from their exact binary values."""
    with mpmath.workdps(60):
        p = [mpmath.mpf(x) for x in map(float, weights_p)]
        q = [mpmath.mpf(x) for x in map(float, weights_q)]
        total_p, total_q = mpmath.fsum(p), mpmath.fsum(q)
        return mpmath.fsum(
            x / total_p * mpmath.log(x * total_q / (y * total_p)) for x, y in zip(p, q, strict=True) if x
        )


def relative(value: float, truth: mpmath.mpf) -> float:
    return float(abs(mpmath.mpf(value) - truth) / truth)


def test_exercise_1_of_the_lesson():
    d = compare(P, Q)
    assert f"{d.nats:.6f} nats = {d.bits:.6f} bits" == "0.025267 nats = 0.036453 bits"
    assert d.method == "exact"
    assert isinstance(d.error, Exact)
    assert relative(d.value, true_kl(P, Q)) <= 5 * U
    assert f"{compare(P, Q, direction='reverse').nats:.6f}" == "0.025815"


@pytest.mark.parametrize(
    "hold",
    [
        list,
        tuple,
        np.array,
        lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True),
        pl.Series,
        pd.Series,
        Probs,
        lambda x: LogProbs(np.log(x)),
        lambda x: Logits(np.log(x) + 3),
        lambda x: Counts(np.asarray(x) * 10),
        lambda x: dict(zip("abc", x, strict=True)),
    ],
)
@pytest.mark.parametrize(
    "hold_q", [np.array, lambda x: LogProbs(np.log(x)), lambda x: Counts(np.asarray(x) * 7)]
)
def test_however_it_is_held_the_answer_is_the_same(hold, hold_q):
    d = compare(hold(P), hold_q(Q))
    assert isinstance(d, Divergence)
    assert relative(d.value, true_kl(P, Q)) < 1e-13


def test_single_precision_is_measured_in_double():
    p, q = np.array(P, dtype=np.float32), np.array(Q, dtype=np.float32)
    assert relative(compare(p, q).value, true_kl(p, q)) <= 5 * U
    assert relative(compare(jnp.asarray(p), torch.tensor(q)).value, true_kl(p, q)) <= 5 * U


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9, 1e-12])
def test_nearly_equal_sides_keep_their_digits(gap):
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(50))
    q = p * (1 + gap * rng.standard_normal(50))
    q /= q.sum()
    d = compare(p, q)
    assert relative(d.value, true_kl(p, q)) <= 5 * U
    assert abs(d.value - float(true_kl(p, q))) <= d.error.rounding
    logs = compare(p, LogProbs(np.log(q)))
    assert abs(logs.value - float(true_kl(p, np.exp(np.log(q))))) <= logs.value + logs.error.rounding


@pytest.mark.parametrize("gap", [1.0, 1e-3, 1e-6])
def test_the_stated_rounding_covers_logarithms_taken_here(gap):
    rng = np.random.default_rng(2)
    p = rng.dirichlet(np.ones(50))
    logits = np.log(p) + gap * rng.standard_normal(50)
    with mpmath.workdps(60):
        weights = [mpmath.exp(mpmath.mpf(x)) for x in logits]
        total = mpmath.fsum(weights)
        mass = mpmath.fsum(map(mpmath.mpf, p))
        truth = mpmath.fsum(
            mpmath.mpf(x) / mass * mpmath.log(mpmath.mpf(x) * total / (w * mass))
            for x, w in zip(p, weights, strict=True)
        )
        d = compare(p, Logits(logits))
        assert abs(mpmath.mpf(d.value) - truth) <= d.error.rounding
    assert d.error.rounding < 1e-6 * d.value


def test_counts_are_compared_as_exact_frequencies():
    a, b = [3_000_001, 2_000_000, 4_999_999], [6_000_000, 4_000_000, 10_000_000]
    d = compare(Counts(a), Counts(b))
    assert relative(d.value, true_kl(a, b)) <= 8 * U
    assert d.method == "plug-in"
    assert [note.code for note in d.diagnostics] == ["observed-frequencies"]


def test_large_counts_do_not_wrap_around():
    d = compare(Counts(np.array([2**63, 2**63], dtype=np.uint64)), Counts([1, 3]), unit="bits")
    assert d.value == pytest.approx(1 - math.log2(3) / 2, rel=1e-14)
    assert "1.84467e+19 counted" in d.diagnostics[0].message


def test_probabilities_against_logits_that_rule_one_out():
    d = compare([0.5, 0.5], Logits([0.0, -math.inf]))
    assert d.value == math.inf
    assert d.diagnostics[0].outcomes == (1,)


class TestLabels:
    def test_outcomes_are_aligned_by_name(self):
        d = compare({"a": 0.5, "b": 0.3, "c": 0.2}, {"c": 0.2, "b": 0.4, "a": 0.4})
        assert d.value == compare(P, Q).value
        assert d.terms.outcomes == ("a", "b", "c")

    def test_a_label_missing_in_q_makes_it_infinite_and_is_named(self):
        d = compare({"a": 0.5, "b": 0.5}, {"a": 1.0}, names=("English", "German"))
        assert d.value == math.inf
        (note,) = d.diagnostics
        assert note.code == "infinite"
        assert note.outcomes == ("b",)
        assert "German gives probability 0 to 'b', which English allows" in note.message

    def test_a_label_missing_in_p_contributes_nothing(self):
        d = compare({"a": 1.0}, {"a": 0.5, "b": 0.5}, unit="bits")
        assert d.value == pytest.approx(1, rel=1e-15)
        assert d.terms.contributions.tolist() == [pytest.approx(1), 0]

    @pytest.mark.parametrize("hold", [LogProbs, Logits])
    def test_missing_logarithms_are_minus_infinity(self, hold):
        half = {"a": math.log(0.5), "b": math.log(0.5)}
        one = hold({"a": 0.0})
        assert compare(one, hold(half), unit="bits").value == pytest.approx(1, rel=1e-15)
        d = compare(hold(half), one)
        assert d.value == math.inf
        assert d.diagnostics[0].outcomes == ("b",)

    def test_integer_logits_can_miss_a_label(self):
        assert compare(Logits({"a": 0}), Logits({"a": 0, "b": 0}), unit="bits").value == pytest.approx(1)

    def test_labels_on_one_side_name_both(self):
        assert compare({"a": 0.5, "b": 0.5}, [0.25, 0.75]).terms.outcomes == ("a", "b")

    def test_nothing_in_common_is_infinite_and_suspicious(self):
        d = compare({"1": 1.0}, {1: 1.0})
        assert d.value == math.inf
        assert {note.code for note in d.diagnostics} == {"disjoint-labels", "infinite"}


def test_an_outcome_too_rare_for_its_probability_still_makes_it_infinite():
    d = compare(Logits([0.0, -800.0]), Logits([0.0, -math.inf]))
    assert d.value == math.inf
    assert d.diagnostics[0].outcomes == (1,)


def test_terms_add_up_to_the_value():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(30), size=2)
    for d in (compare(p, q), compare(Logits(np.log(p)), Logits(np.log(q))), compare(Counts(p), Counts(q))):
        assert math.fsum(d.terms.contributions) == pytest.approx(d.value, rel=1e-13)


def test_an_equal_outcome_has_no_part():
    assert compare(P, Q).terms.contributions[2] == 0


def test_terms_of_nearly_equal_sides_still_add_up_to_the_value():
    rng = np.random.default_rng(7)
    p = rng.dirichlet(np.ones(20)).astype(np.float32)
    q = p * (1 + np.float32(1e-4) * rng.standard_normal(20).astype(np.float32))
    d = compare(p, q / q.sum())
    assert math.fsum(d.terms.contributions) == pytest.approx(d.value, rel=1e-7)


def test_both_directions():
    d = compare(P, Q, direction="both", unit="bits", names=("A", "B"))
    assert d.names == ("A", "B")
    assert d.reverse.names == ("B", "A")
    assert d.reverse.unit == "bits"
    assert d.reverse.value == compare(Q, P, unit="bits").value


def test_equal_sides_are_exactly_zero():
    p = np.random.default_rng(3).dirichlet(np.ones(100))
    assert compare(p, p).value == 0
    assert compare(Logits(np.log(p)), Logits(np.log(p) + 2.0)).value < 1e-28


class TestRefusals:
    @pytest.mark.parametrize(
        ("p", "error", "message"),
        [
            (
                [0.5, 0.6],
                NormalizationError,
                r"P sums to 1\.1, not 1.*Logits\(x\), LogProbs\(x\) or Counts\(x\)",
            ),
            ([3, 2], NormalizationError, "P sums to 5"),
            ([0.5, 0.5001], NormalizationError, "sum"),
            ([1.5, -0.5], ValueRangeError, r"P\[1\] = -0\.5 is negative"),
            ([0.5, math.nan], ValueRangeError, "nan"),
            ([math.inf, 0.5], ValueRangeError, "inf"),
            ([], ShapeError, "empty"),
            ([[0.5, 0.5]], ShapeError, "one-dimensional"),
            ([0.5, 0.25, 0.25], ShapeError, "3 outcomes.*2"),
            ([0.5j, 0.5], DtypeError, "complex"),
            (["0.5", "0.5"], DtypeError, r"numpy\.asarray\(P, dtype=float\)"),
            ("abc", InvalidTypeError, r"Counts\.of"),
            (b"abc", InvalidTypeError, r"Counts\.of"),
            ({0.5}, InvalidTypeError, "set"),
            (0.5, InvalidTypeError, "float"),
            (None, InvalidTypeError, "NoneType"),
            (Counts([0, 0]), NormalizationError, "P sums to 0"),
            (Counts([-1, 2]), ValueRangeError, r"P\[0\] = -1"),
            (LogProbs([0.0, 0.0]), NormalizationError, r"exponentials of P sum to 2.*kullback\.Logits"),
            (Logits([math.nan, 0.0]), ValueRangeError, r"P\[0\] = nan"),
        ],
        ids=repr,
    )
    def test_each_defect_has_its_own_error(self, p, error, message):
        with pytest.raises(error, match=message) as caught:
            compare(p, [0.5, 0.5])
        assert len(str(caught.value)) > 40

    def test_the_second_side_is_checked_and_called_by_its_name(self):
        with pytest.raises(NormalizationError, match="German sums to 2"):
            compare([0.5, 0.5], [1.0, 1.0], names=("English", "German"))

    def test_options_are_checked(self):
        with pytest.raises(InvalidInputError, match="direction='sideways'"):
            compare(P, Q, direction="sideways")
        with pytest.raises(InvalidInputError, match="unit='bit'"):
            compare(P, Q, unit="bit")
        with pytest.raises(UnknownRouteError, match="method='guess'"):
            compare(P, Q, method="guess")

    def test_a_result_is_no_input(self):
        with pytest.raises(InvalidTypeError, match="already a Divergence"):
            compare(compare(P, Q), Q)


class TestDensities:
    """The door to named distributions; the room's own tests hold the numbers."""

    def test_records_and_other_libraries_distributions_are_taken(self):
        truth = 1 / 8 + math.log(2) - 1 / 2 + 1 / 8
        for p, q in (
            (Normal(0.0, 1.0), Normal(1.0, 2.0)),
            (scipy.stats.norm(0, 1), scipy.stats.norm(1, 2)),
            (torch.distributions.Normal(0.0, 1.0), torch.distributions.Normal(1.0, 2.0)),
            (torch.distributions.Normal(0.0, 1.0), Normal(1.0, 2.0)),
        ):
            d = compare(p, q)
            assert d.value == pytest.approx(truth, rel=1e-6)
            assert isinstance(d.error, Exact)

    def test_without_a_closed_form_the_answer_has_bounds(self):
        d = compare(Normal(0.0, 1.0), StudentT(3.0), direction="both")
        truth = 0.06915159848517619  # mpmath.quad, 30 digits
        assert isinstance(d.error, Bounded)
        assert d.error.lower <= truth <= d.error.upper
        assert d.value == pytest.approx(truth, rel=1e-12)
        assert d.reverse.names == ("Q", "P")
        assert "within" in str(d)

    def test_random_answers_are_named_seeded_and_carry_their_error(self):
        p, q = Normal(0.0, 1.0), StudentT(3.0)
        d = compare(p, q, method="monte carlo", rng=1, names=("A", "B"), direction="both")
        assert isinstance(d.error, Estimated)
        assert abs(d.value - 0.06915159848517623) < 5 * d.error.std_error
        assert d.names == ("A", "B")
        assert d.reverse.names == ("B", "A")
        assert compare(p, q, method="monte carlo", rng=1).value == d.value
        assert compare(p, q, method="monte carlo", rng=np.random.default_rng(2)).value != d.value
        with pytest.raises(InvalidInputError, match="needs a seed"):
            compare(p, q, method="monte carlo")
        with pytest.raises(InvalidInputError, match="draws nothing"):
            compare(p, q, rng=1)

    def test_what_q_misses_is_named(self):
        d = compare(Normal(0.0, 1.0), Uniform(0.0, 1.0), names=("height", "guess"))
        assert d.value == math.inf
        assert d.diagnostics[0].code == "infinite"
        assert d.diagnostics[0].message in d.explain().replace("\n", " ")

    def test_a_density_and_a_list_do_not_go_together(self):
        with pytest.raises(UnknownRouteError, match="Known goes with Known"):
            compare(Normal(0.0, 1.0), [0.5, 0.5])

    def test_a_batch_is_for_the_array_function(self):
        with pytest.raises(ShapeError, match=r"kullback\.distributions\.kl_divergence"):
            compare(Normal([0.0, 1.0], 1.0), Normal(0.0, 1.0))
