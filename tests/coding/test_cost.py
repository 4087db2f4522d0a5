"""The excess that is paid against the divergence, computed apart in many digits."""

from collections import Counter

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kullback import Counts, Probs
from kullback.coding import coding_cost, cost, encode
from kullback.coding.codec import CODERS
from kullback.errors import InvalidInputError, KullbackError, ShapeError

LETTERS = "abcdefgh"


def divergence(p: dict[str, float], q: dict[str, float]) -> mpmath.mpf:
    """D(P ‖ Q) in bits of weights by outcome, in 40 digits."""
    with mpmath.workdps(40):
        totals = [mpmath.fsum(map(mpmath.mpf, weights.values())) for weights in (p, q)]
        return mpmath.fsum(
            mpmath.mpf(p[x]) / totals[0] * mpmath.log(p[x] * totals[1] / (totals[0] * q[x]), 2) for x in p
        )


weights_of_letters = st.fixed_dictionaries({letter: st.floats(1e-12, 1) for letter in LETTERS})


@given(st.text(LETTERS, min_size=1, max_size=300), weights_of_letters)
def test_ideal_excess_is_the_divergence(text: str, weights: dict[str, float]) -> None:
    q = Counts(weights)
    found = coding_cost(text, q=q)
    expected = float(divergence(Counter(text), weights))
    assert found.ideal.excess == pytest.approx(expected, rel=1e-12, abs=1e-13)
    assert found.divergence == pytest.approx(expected, rel=1e-12, abs=1e-13)
    assert found.length == len(text)
    low, high = found.excess_bounds
    assert low <= found.range_coder.excess <= high


@given(st.text(LETTERS, min_size=1, max_size=300), weights_of_letters)
def test_own_huffman_code_is_within_a_bit_and_the_best(text: str, weights: dict[str, float]) -> None:
    found = coding_cost(text, q=Counts(weights))
    last_byte = 7 / len(text)
    assert (
        found.ideal.bits_with_p - 1e-9 <= found.huffman.bits_with_p < found.ideal.bits_with_p + 1 + last_byte
    )
    assert found.huffman.excess >= -last_byte


def test_a_long_text_pays_the_divergence_to_three_digits() -> None:
    rng = np.random.default_rng(3)
    p, q = rng.dirichlet(np.ones(27), size=2)
    symbols = rng.choice(27, size=100_000, p=p)
    found = coding_cost(symbols, q=Probs(q))
    counts = {str(i): int(n) for i, n in enumerate(np.bincount(symbols)) if n}
    expected = float(divergence(counts, {str(i): q[i] for i in range(27)}))
    assert found.ideal.excess == pytest.approx(expected, rel=1e-12)
    assert found.range_coder.excess == pytest.approx(expected, abs=1e-3)
    low, high = found.excess_bounds
    assert low < expected < high
    assert high - low < 0.015


def test_a_given_p_is_a_code_too() -> None:
    """Symbols that follow neither model: the excess is their mean log₂ p/q, and D(P ‖ Q) stays what it is."""
    p, q = {"a": 0.5, "b": 0.25, "c": 0.25}, {"a": 0.25, "b": 0.5, "c": 0.25}
    found = coding_cost("bbbb" * 100, p=p, q=q, names=("left", "right"))
    assert found.divergence == pytest.approx(0.25)
    assert found.ideal.excess == found.huffman.excess == -1.0
    assert found.huffman.bytes_with_p == 100
    assert found.huffman.bytes_with_q == 50
    assert str(found) == (
        "400 symbols stored with the code of right: 1.0400 bits per symbol instead of 2.0800 with that of "
        "left, -1.0400; D(left ‖ right) = 0.2500 bits."
    )


def test_divergence_is_infinite_where_p_allows_what_q_does_not() -> None:
    found = coding_cost("aab", p={"a": 0.5, "b": 0.25, "c": 0.25}, q={"a": 0.5, "b": 0.5})
    assert found.divergence == np.inf
    assert np.isfinite(found.range_coder.excess)


def test_equal_models_cost_nothing_extra() -> None:
    found = coding_cost("abracadabra", q=Counts.of("abracadabra"))
    assert found.divergence == found.ideal.excess == found.huffman.excess == found.range_coder.excess == 0


def test_one_symbol() -> None:
    found = coding_cost("aaaa", q={"a": 1.0})
    assert found.range_coder == found.ideal == found.huffman == cost.CodeCost(0.0, 0.0, 0, 0)


@given(st.text(LETTERS, min_size=1, max_size=200))
def test_sizes_are_those_of_real_payloads(text: str) -> None:
    assume(len(set(text)) > 1)
    q = Counts.of(text[::2]).smoothed(0.5, outcomes=text)
    found = coding_cost(text, q=q)
    for coder, measured in (("huffman", found.huffman), ("range", found.range_coder)):
        with_p, with_q = (encode(text, model, coder=coder) for model in (Counts.of(text), q))
        assert (measured.bytes_with_p, measured.bytes_with_q) == (len(with_p.payload), len(with_q.payload))
        assert measured.bits_with_q == with_q.bits_per_symbol


def test_symbols_that_q_cannot_store_are_named() -> None:
    with pytest.raises(InvalidInputError, match=r"^German gives probability 0 to 'q' \(1×\)"):
        coding_cost("quark", q=Counts.of("Quark rauk"), names=("English", "German"))


def test_nothing_has_no_cost_per_symbol() -> None:
    with pytest.raises(ShapeError, match="there are no symbols"):
        coding_cost("", q={"a": 1.0})


def test_a_coder_that_loses_a_symbol_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = CODERS["huffman"]
    broken = honest._replace(decode=lambda payload, n, alphabet: honest.decode(payload, n, alphabet)[::-1])
    monkeypatch.setitem(CODERS, "huffman", broken)
    with pytest.raises(KullbackError, match="did not give the symbols back"):
        coding_cost("ab", q={"a": 0.5, "b": 0.5})
