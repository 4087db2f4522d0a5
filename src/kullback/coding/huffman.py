"""Huffman's code: the shortest on average that gives every symbol a whole number of bits.

D. A. Huffman, "A Method for the Construction of Minimum-Redundancy Codes", 1952. The codewords are canonical:
ordered by length and then by position, so the lengths alone determine them.
"""

from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

__all__ = ["code_lengths", "codewords", "decode", "encode"]


def code_lengths(weights: NDArray[np.float64]) -> list[int]:
    """Bits of the codeword of each outcome, for positive weights of shape ``(k,)``.

    Merges are made in exact integer arithmetic and ties go to the node that is older, so the lengths are the
    same everywhere. The only codeword of a single outcome has length 0.
    """
    heap = [(weight, node) for node, weight in enumerate(_as_integers(weights))]
    heapify(heap)
    parent = [0] * (2 * len(heap) - 1)
    for merged in range(len(heap), len(parent)):
        first, left = heappop(heap)
        second, right = heappop(heap)
        parent[left] = parent[right] = merged
        heappush(heap, (first + second, merged))
    depth = [0] * len(parent)
    for node in reversed(range(len(parent) - 1)):  # parents are younger, so they come first
        depth[node] = depth[parent[node]] + 1
    return depth[: len(weights)]


def codewords(lengths: list[int]) -> list[str]:
    """Write the canonical codeword of each outcome as its ones and zeros."""
    words = [""] * len(lengths)
    word, length = 0, 0
    for outcome in sorted(range(len(lengths)), key=lengths.__getitem__):
        word <<= lengths[outcome] - length
        length = lengths[outcome]
        words[outcome] = format(word, f"0{length}b") if length else ""
        word += 1
    return words


def encode(positions: NDArray[np.int32], weights: NDArray[np.float64]) -> bytes:
    """Join the codewords of the outcomes at `positions`, filled up with zeros to whole bytes."""
    lengths = code_lengths(weights)
    book = np.frombuffer("".join(codewords(lengths)).encode("ascii"), dtype=np.uint8) - ord("0")
    size = np.array(lengths)
    start = np.cumsum(size) - size  # where each codeword begins in the book
    sizes = size[positions]
    written = np.cumsum(sizes) - sizes  # where the codeword of each symbol begins in the output
    source = np.arange(sizes.sum()) + np.repeat(start[positions] - written, sizes)
    return np.packbits(book[source]).tobytes()


def decode(payload: bytes, length: int, weights: NDArray[np.float64]) -> NDArray[np.int32]:
    """Read `length` codewords back, or as many as there are."""
    if len(weights) == 1:
        return np.zeros(length, dtype=np.int32)
    # a 1 before each codeword keeps its leading zeros, so that it can be read as an integer
    words = codewords(code_lengths(weights))
    outcome_of = {int(f"1{word}", 2): outcome for outcome, word in enumerate(words)}
    found: list[int] = []
    word = 1
    for bit in np.unpackbits(np.frombuffer(payload, dtype=np.uint8)).tolist():
        word = word << 1 | bit
        if word in outcome_of:
            found.append(outcome_of[word])
            word = 1
    return np.array(found[:length], dtype=np.int32)  # the zeros that fill the last byte may read as more


def _as_integers(weights: NDArray[np.float64]) -> list[int]:
    """Integers in exactly the ratio of the weights: every float is an integer times a power of two."""
    mantissa, exponent = np.frexp(weights)
    integers = np.ldexp(mantissa, 53).astype(np.int64).tolist()
    shifts = (exponent - exponent.min()).tolist()
    return [integer << shift for integer, shift in zip(integers, shifts, strict=True)]
