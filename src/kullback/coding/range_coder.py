"""A range coder, the one of the library `constriction`: fractions of a bit per symbol, in real bytes.

G. N. N. Martin, "Range encoding: an algorithm for removing redundancy from a digitised message", 1979. This
is the only file that imports the library (extra ``kullback[coding]``).
"""

from math import log2
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kullback.errors import InvalidInputError, MissingExtraError

__all__ = ["bounds", "decode", "encode"]

#: The coder works with probabilities that are multiples of 1/TABLE, of which each outcome gets at least one.
TABLE: Final = 2**24
#: Its interval is at least 2³² wide, and cut to a multiple of TABLE: a symbol loses under 2⁻⁸ of it.
ROUNDING: Final = -log2(1 - 2**-8)
#: It closes with one or two words of 32 bits.
FLUSH: Final = 64


def encode(positions: NDArray[np.int32], probabilities: NDArray[np.float64]) -> bytes:
    """Code outcomes of shape ``(n,)`` to bytes, a multiple of four; none where there is nothing to say."""
    if len(probabilities) == 1 or not len(positions):
        return b""
    stream = _stream()
    encoder = stream.queue.RangeEncoder()
    encoder.encode(positions, _table(stream, probabilities))
    words: NDArray[np.uint32] = encoder.get_compressed()
    return words.astype("<u4").tobytes()


def decode(payload: bytes, length: int, probabilities: NDArray[np.float64]) -> NDArray[np.int32]:
    """Read `length` outcomes back; a ValueError where the bytes cannot be read at all."""
    if len(probabilities) == 1 or not length:
        return np.zeros(length, dtype=np.int32)
    stream = _stream()
    words = np.frombuffer(payload, dtype="<u4").astype(np.uint32)
    try:
        positions: NDArray[np.int32] = stream.queue.RangeDecoder(words).decode(
            _table(stream, probabilities), length
        )
    except AssertionError as error:  # the library's word for an impossible payload
        raise ValueError(str(error)) from error
    return positions


def bounds(counts: NDArray[np.int64], probabilities: NDArray[np.float64]) -> tuple[float, float]:
    """Bits between which the payload of a message with these counts of outcomes must lie, by construction.

    An outcome of probability q gets a multiple of 1/TABLE between q (1 − k/TABLE) and q + 2/TABLE, where k is
    the number of outcomes: a common one costs a little more than −log₂ q, a very rare one *less*. Each
    symbol loses at most ROUNDING more, and the end at most FLUSH.
    """
    if len(probabilities) == 1 or not counts.sum():
        return 0.0, 0.0
    seen = counts > 0
    times, q = counts[seen], probabilities[seen]
    table = q * (1 - len(probabilities) / TABLE)
    most = -times @ np.log2(np.maximum(table, 1 / TABLE)) + times.sum() * ROUNDING + FLUSH
    least = -times @ np.log2(np.minimum(q + 2 / TABLE, 1.0))
    return float(least), float(most)


def _table(stream: ModuleType, probabilities: NDArray[np.float64]) -> object:
    if len(probabilities) > TABLE - 2:
        raise InvalidInputError(
            f"the model has {len(probabilities)} outcomes; the range coder's table holds {TABLE - 2}. "
            'Use coder="huffman", or code smaller symbols (bytes instead of words).'
        )
    return stream.model.Categorical(probabilities, perfect=False)


def _stream() -> ModuleType:
    try:
        import constriction  # type: ignore[import-untyped]  # it ships no types
    except ImportError as error:
        raise MissingExtraError(
            "the range coder needs the library constriction, which is not installed: "
            "pip install 'kullback[coding]'"
        ) from error
    stream: ModuleType = constriction.stream
    return stream
