"""Symbols of every kind to bytes and back, and what cannot be stored."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kullback import Counts, Logits, Probs
from kullback.coding import Encoded, decode, encode
from kullback.errors import InvalidInputError, InvalidTypeError, NormalizationError, ShapeError

coders = pytest.mark.parametrize("coder", ["range", "huffman"])
symbols = st.text() | st.binary() | st.lists(st.integers() | st.text(max_size=3) | st.none())


@coders
@given(message=symbols, more=st.lists(st.text(max_size=2)), pseudocount=st.sampled_from([1e-12, 0.5, 100.0]))
def test_anything_comes_back(coder: str, message: object, more: list[str], pseudocount: float) -> None:
    model = Counts.of(message).smoothed(pseudocount, outcomes=[*more, "anything"])
    back = decode(encode(message, model, coder=coder), model)
    assert back == message
    assert type(back) is type(message)


@coders
@pytest.mark.parametrize("message", ["", b"", []])
def test_nothing_takes_no_bytes(coder: str, message: object) -> None:
    stored = encode(message, {"a": 0.5, "b": 0.5}, coder=coder)
    assert (stored.payload, stored.length, stored.bits_per_symbol) == (b"", 0, 0.0)
    assert decode(stored, {"a": 0.5, "b": 0.5}) == message


@coders
def test_one_symbol_takes_no_bytes(coder: str) -> None:
    stored = encode("aaaaaaa", {"a": 1.0}, coder=coder)
    assert stored == Encoded(b"", 7, coder, "text")
    assert decode(stored, {"a": 1.0}) == "aaaaaaa"


@coders
def test_fifty_thousand_different_symbols(coder: str) -> None:
    rng = np.random.default_rng(1)
    message = [f"word{i}" for i in rng.permutation(50_000)]
    model = Counts.of(message)
    assert decode(encode(message, model, coder=coder), model) == message


@coders
@pytest.mark.parametrize(
    "column",
    [
        np.array([3, 1, 2, 3, 3]),
        pd.Series([3, 1, 2, 3, 3]),
        pl.Series([3, 1, 2, 3, 3]),
        torch.tensor([3, 1, 2, 3, 3]),
        (3, 1, 2, 3, 3),
        range(3, 4),
    ],
    ids=lambda column: type(column).__module__.split(".")[0] + "." + type(column).__name__,
)
def test_columns(coder: str, column: object) -> None:
    model = {1: 0.2, 2: 0.3, 3: 0.5}
    expected = [3] if isinstance(column, range) else [3, 1, 2, 3, 3]
    assert decode(encode(column, model, coder=coder), model) == expected


def test_an_iterator() -> None:
    model = {1: 0.5, 2: 0.5}
    assert decode(encode(iter([1, 2, 2]), model), model) == [1, 2, 2]


def test_outcomes_without_labels_are_numbers() -> None:
    model = Probs([0.5, 0.25, 0.25])
    assert decode(encode([2, 0, 1], model), model) == [2, 0, 1]


def test_bytes_are_numbers_below_256() -> None:
    model = Counts(Counter(b"abracadabra"))
    stored = encode(b"abracadabra", model, coder="huffman")
    assert stored.kind == "bytes"
    assert decode(stored, model) == b"abracadabra"


def test_impossible_symbols_are_named_with_the_way_out() -> None:
    model = Counts.of("the quick brown fox")
    with pytest.raises(InvalidInputError) as caught:
        encode("ümläut ü", model)
    message = str(caught.value)
    assert "gives probability 0 to 'ü' (2×), 'm' (1×), 'l' (1×), 'ä' (1×)" in message
    assert "0.625 of the symbols" in message
    assert "smoothed(0.5, outcomes=symbols)" in message
    way_out = model.smoothed(0.5, outcomes="ümläut ü")
    assert decode(encode("ümläut ü", way_out), way_out) == "ümläut ü"


def test_an_explicit_zero_is_as_impossible_as_an_absent_outcome() -> None:
    with pytest.raises(InvalidInputError, match=r"gives probability 0 to 'b' \(1×\)"):
        encode("ab", {"a": 1.0, "b": 0.0})


def test_many_impossible_symbols_are_counted() -> None:
    with pytest.raises(InvalidInputError, match="and 21 others"):
        encode("abcdefghijklmnopqrstuvwxyz", {"1": 1.0})


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        ({"a": 0.5, "b": 0.2}, NormalizationError, "sum"),
        ({"a": 1.5, "b": -0.5}, InvalidInputError, "negative"),
        ({"a": float("nan")}, InvalidInputError, "(?i)nan"),
        ({}, ShapeError, "empty"),
        (Counts({"a": 0}), InvalidInputError, "the model"),
        (Logits([0.0, 1.0]), InvalidTypeError, "Logits; a code is made for"),
        ("abc", InvalidTypeError, "str; a code is made for"),
    ],
)
def test_models_that_are_none(model: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        encode("a", model)


@pytest.mark.parametrize(
    ("message", "error", "words"),
    [
        ({"a", "b"}, InvalidTypeError, "set, which is no sequence"),
        (7, InvalidTypeError, "int, which is no sequence"),
        ([["a"], ["b"]], InvalidTypeError, "not hashable"),
        (np.zeros((2, 2)), ShapeError, r"shape \(2, 2\)"),
    ],
)
def test_symbols_that_are_none(message: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        encode(message, {"a": 0.5, "b": 0.5})


def test_unknown_coder() -> None:
    with pytest.raises(InvalidInputError, match="coder='zip' is none of 'huffman', 'range'"):
        encode("a", {"a": 1.0}, coder="zip")


@coders
@pytest.mark.parametrize(
    "damage",
    [
        lambda stored: replace(stored, payload=stored.payload[:-4]),
        lambda stored: replace(stored, payload=stored.payload[:-1]),
        lambda stored: replace(stored, payload=stored.payload + b"\1\0\0\0"),
        lambda stored: replace(stored, payload=b""),
        lambda stored: replace(stored, length=stored.length - 100),
        lambda stored: replace(stored, length=stored.length + 100),
        lambda stored: replace(stored, length=0),
        lambda stored: replace(stored, length=-1),
    ],
)
def test_damage_is_noticed(coder: str, damage: Callable[[Encoded], Encoded]) -> None:
    model = {"a": 0.5, "b": 0.3, "c": 0.2}
    stored = damage(encode("abcabacbaab" * 50, model, coder=coder))
    with pytest.raises(InvalidInputError, match=f"does not hold exactly {stored.length} symbols"):
        decode(stored, model)


@coders
@given(payload=st.binary(max_size=40), length=st.integers(0, 60))
def test_foreign_bytes_are_refused_or_are_a_message(coder: str, payload: bytes, length: int) -> None:
    model = {"a": 0.5, "b": 0.3, "c": 0.2}
    try:
        text = decode(Encoded(payload, length, coder, "text"), model)
    except InvalidInputError:
        return
    assert encode(text, model, coder=coder) == Encoded(payload, length, coder, "text")


@coders
def test_a_model_of_another_kind_is_noticed(coder: str) -> None:
    stored = encode("abab", {"a": 0.5, "b": 0.5}, coder=coder)
    with pytest.raises(InvalidInputError, match="text was stored, and this model's outcomes are not"):
        decode(stored, {0: 0.5, 1: 0.5})
