"""Huffman lengths against an independent oracle and the theory; canonical codewords; exact round trips."""

import heapq
import math
from fractions import Fraction
from itertools import pairwise

import constriction
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kullback.coding import huffman

weights = st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=40)


def least_total(values: list[float]) -> Fraction:
    """The least possible Σ weight · length: the sum of all merged weights, in rational arithmetic."""
    heap = [Fraction(value) for value in values]
    heapq.heapify(heap)
    total = Fraction(0)
    while len(heap) > 1:
        merged = heapq.heappop(heap) + heapq.heappop(heap)
        total += merged
        heapq.heappush(heap, merged)
    return total


@given(weights)
def test_lengths_are_the_best_possible(values: list[float]) -> None:
    lengths = huffman.code_lengths(np.array(values))
    spent = sum(
        (Fraction(value) * length for value, length in zip(values, lengths, strict=True)), Fraction(0)
    )
    assert spent == least_total(values)


@given(st.lists(st.floats(1e-9, 1), min_size=2, max_size=40))
def test_total_agrees_with_constriction(values: list[float]) -> None:
    """The library's tree, made independently; it breaks ties otherwise, so totals are compared."""
    probabilities = np.array(values) / np.sum(values)
    tree = constriction.symbol.huffman.EncoderHuffmanTree(probabilities)
    theirs = 0.0
    for outcome, share in enumerate(probabilities):
        encoder = constriction.symbol.QueueEncoder()
        encoder.encode_symbol(outcome, tree)
        theirs += share * encoder.get_compressed()[1]
    ours = probabilities @ np.array(huffman.code_lengths(probabilities))
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_no_prefix_code_of_six_outcomes_is_shorter() -> None:
    """Every set of lengths with Kraft's sum at most one, tried."""
    values = np.array([0.45, 0.2, 0.15, 0.1, 0.07, 0.03])
    best = min(
        float(values @ lengths)
        for lengths in np.stack(np.meshgrid(*[np.arange(1, 6)] * 6), -1).reshape(-1, 6)
        if np.sum(0.5**lengths) <= 1
    )
    assert values @ np.array(huffman.code_lengths(values)) == pytest.approx(best, rel=1e-15)


@given(weights.filter(lambda values: len(values) > 1))
def test_codewords_are_a_complete_canonical_prefix_code(values: list[float]) -> None:
    lengths = huffman.code_lengths(np.array(values))
    words = huffman.codewords(lengths)
    assert [len(word) for word in words] == lengths
    ordered = sorted(words)
    assert not any(b.startswith(a) for a, b in pairwise(ordered))
    assert sum(Fraction(1, 2**length) for length in lengths) == 1
    assert ordered == sorted(words, key=lambda word: (len(word), words.index(word)))  # canonical


def test_known_code() -> None:
    lengths = huffman.code_lengths(np.array([0.4, 0.2, 0.2, 0.1, 0.1]))
    assert lengths == [2, 2, 2, 3, 3]  # the classic example, with its least variance
    assert huffman.codewords(lengths) == ["00", "01", "10", "110", "111"]


def test_ties_are_broken_by_position() -> None:
    assert huffman.code_lengths(np.ones(3)) == [2, 2, 1]


def test_fibonacci_weights_make_the_deepest_tree() -> None:
    values = [1.0, 1.0]
    while len(values) < 78:  # the last Fibonacci number that a double holds exactly
        values.append(values[-1] + values[-2])
    lengths = huffman.code_lengths(np.array(values))
    assert lengths == [77, *range(77, 0, -1)]
    message = np.arange(78, dtype=np.int32)
    payload = huffman.encode(message, np.array(values))
    assert np.array_equal(huffman.decode(payload, 78, np.array(values)), message)


def test_a_single_outcome_takes_no_bits() -> None:
    assert huffman.code_lengths(np.array([0.3])) == [0]
    assert huffman.codewords([0]) == [""]
    zeros = np.zeros(7, dtype=np.int32)
    assert huffman.encode(zeros, np.array([0.3])) == b""
    assert np.array_equal(huffman.decode(b"", 7, np.array([0.3])), zeros)


@given(weights, st.data())
def test_round_trip(values: list[float], data: st.DataObject) -> None:
    message = np.array(data.draw(st.lists(st.integers(0, len(values) - 1))), dtype=np.int32)
    payload = huffman.encode(message, np.array(values))
    lengths = np.array(huffman.code_lengths(np.array(values)))
    assert len(payload) == math.ceil(lengths[message].sum() / 8)
    assert np.array_equal(huffman.decode(payload, len(message), np.array(values)), message)
