import jax.numpy as jnp
import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

from kullback import Counts, Logits, LogProbs, Probs
from kullback.errors import DtypeError, LabelError, ShapeError, ValueRangeError

VALUES = [0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    "held",
    [
        VALUES,
        tuple(VALUES),
        np.array(VALUES),
        np.array(VALUES, dtype=np.float32),
        torch.tensor(VALUES),
        torch.tensor(VALUES, dtype=torch.float64, requires_grad=True),
        torch.tensor(VALUES, dtype=torch.bfloat16),
        jnp.asarray(VALUES),
        pl.Series(VALUES),
        pd.Series(VALUES),
    ],
    ids=lambda held: f"{type(held).__module__}.{type(held).__name__}",
)
def test_values_are_taken_as_they_come(held):
    probs = Probs(held)
    assert probs.values.tolist() == VALUES
    assert probs.labels is None
    assert len(probs) == 3


def test_keys_and_index_become_labels():
    assert Probs({"a": 0.5, "b": 0.5}).labels == ("a", "b")
    assert Counts(pd.Series([3, 1], index=["x", "y"])).labels == ("x", "y")
    assert Counts(pd.Series(list("abca")).value_counts()).labels == ("a", "b", "c")
    assert Probs(Probs({"a": 1.0})).labels == ("a",)
    assert Probs([0.5, 0.5], labels="ab").labels == ("a", "b")


def test_a_measure_keeps_the_callers_dtype():
    assert Probs(np.array([1], dtype=np.float32)).values.dtype == np.float32
    assert Counts([1, 2]).values.dtype.kind == "i"


def test_masked_arrays_are_refused():
    with pytest.raises(DtypeError, match="masked"):
        Probs(np.ma.masked_array([0.5, 0.5, 9.0], mask=[0, 0, 1]))


@pytest.mark.parametrize("values", [0.5, [[0.5, 0.5]], np.zeros((2, 2, 2))])
def test_a_measure_has_one_dimension(values):
    with pytest.raises(ShapeError, match="one-dimensional"):
        Probs(values)


def test_labels_must_be_as_many_as_values_and_differ():
    with pytest.raises(LabelError, match="3 values and 2 labels"):
        Probs(VALUES, labels="ab")
    with pytest.raises(LabelError, match="'a' more than once"):
        Probs(VALUES, labels="aba")


def test_repr_shows_the_meaning_and_stays_short():
    assert repr(Probs([0.5, 0.5])) == "Probs([0.5, 0.5])"
    assert repr(Logits([0.0, 1.0], labels="ab")) == "Logits([0., 1.], labels=['a', 'b'])"
    assert len(repr(LogProbs(np.zeros(100_000), labels=range(100_000)))) < 200


class TestCounts:
    def test_of_counts_symbols(self):
        counts = Counts.of("abracadabra")
        assert dict(zip(counts.labels, counts.values.tolist(), strict=True)) == {
            "a": 5, "b": 2, "r": 2, "c": 1, "d": 1,
        }  # fmt: skip

    def test_smoothing_adds_the_pseudocount_to_every_outcome(self):
        smooth = Counts({"a": 3, "b": 0}).smoothed(0.5, outcomes=["b", "c"])
        assert smooth.labels == ("a", "b", "c")
        assert smooth.values == pytest.approx([3.5 / 4.5, 0.5 / 4.5, 0.5 / 4.5], rel=1e-15)

    @pytest.mark.parametrize("pseudocount", [0, -1, np.inf, np.nan])
    def test_smoothing_needs_a_positive_pseudocount(self, pseudocount):
        with pytest.raises(ValueRangeError, match="positive finite"):
            Counts([1, 2]).smoothed(pseudocount)

    @pytest.mark.parametrize("bad", [-1, np.nan, np.inf])
    def test_smoothing_refuses_what_is_no_count(self, bad):
        with pytest.raises(ValueRangeError, match=r"counts\[1\]"):
            Counts([1.0, bad]).smoothed()

    def test_smoothing_needs_labels_for_named_outcomes_and_something_to_smooth(self):
        with pytest.raises(LabelError, match="without labels"):
            Counts([1, 2]).smoothed(outcomes="xy")
        with pytest.raises(ShapeError, match="no outcomes"):
            Counts({}).smoothed()
