"""The range coder: exact round trips, and payloads between the bounds that its construction gives."""

import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kullback.coding import range_coder
from kullback.errors import InvalidInputError, MissingExtraError

shares = st.lists(st.floats(1e-12, 1) | st.sampled_from([1e-300, 1e-12, 1.0]), min_size=1, max_size=60)


def normalised(values: list[float]) -> np.ndarray:
    return np.array(values) / np.sum(values)


@example([1.0, 1e-12], [1] * 1000)
@example([1e-300, 1.0], [0] * 1000)
@example([1.0, 1.0], [0] * 1000)
@example([1.0], [0] * 5)
@example([0.2, 0.8], [])
@given(shares, st.lists(st.integers(0, 59), max_size=200))
def test_round_trip_within_the_bounds(values: list[float], message: list[int]) -> None:
    q = normalised(values)
    positions = np.array(message, dtype=np.int32) % len(q)
    payload = range_coder.encode(positions, q)
    assert np.array_equal(range_coder.decode(payload, len(positions), q), positions)
    least, most = range_coder.bounds(np.bincount(positions, minlength=len(q)), q)
    assert least <= 8 * len(payload) <= most


@pytest.mark.parametrize("outcomes", [2, 27, 256, 50_000])
def test_long_messages_are_far_inside_the_bounds(outcomes: int) -> None:
    rng = np.random.default_rng(outcomes)
    q = rng.dirichlet(np.full(outcomes, 0.3)) + 1e-15
    q /= q.sum()
    positions = rng.choice(outcomes, size=100_000, p=q).astype(np.int32)
    payload = range_coder.encode(positions, q)
    assert np.array_equal(range_coder.decode(payload, len(positions), q), positions)
    counts = np.bincount(positions, minlength=outcomes)
    least, most = range_coder.bounds(counts, q)
    ideal = -np.log2(q[positions]).sum()
    assert least <= 8 * len(payload) <= most
    # what is left of the bound in practice: under a thousandth of a bit besides the table's share
    assert 8 * len(payload) - ideal < len(positions) * (0.001 - np.log2(1 - outcomes / 2**24))


def test_rare_outcomes_cost_at_most_24_bits() -> None:
    """The table's finest step: −log₂ 1e-12 = 39.9 bits are not spent, and the bounds know it."""
    q = np.array([1 - 1e-12, 1e-12])
    positions = np.ones(10_000, dtype=np.int32)
    size = 8 * len(range_coder.encode(positions, q)) / 10_000
    assert 22.9 < size < 24.1
    least, most = (bound / 10_000 for bound in range_coder.bounds(np.array([0, 10_000]), q))
    assert 22 < least <= size <= most < 24.1


def test_the_bytes_are_the_same_on_every_machine() -> None:
    positions = np.array([0, 1, 2, 0, 2, 1, 0, 0, 0, 1] * 3, dtype=np.int32)
    payload = range_coder.encode(positions, np.array([0.5, 0.3, 0.2]))
    assert payload.hex() == "f6953162ae4f3680"


def test_more_outcomes_than_the_table_holds() -> None:
    outcomes = 2**24 - 1
    q = np.full(outcomes, 1 / outcomes)
    with pytest.raises(InvalidInputError, match="16777215 outcomes; the range coder's table holds 16777214"):
        range_coder.encode(np.zeros(1, dtype=np.int32), q)


def test_missing_library_names_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "constriction", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'kullback\[coding\]'"):
        range_coder.encode(np.zeros(3, dtype=np.int32), np.array([0.5, 0.5]))
