"""Symbols to bytes and back, with a code made for a given model."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kullback.coding import huffman, range_coder
from kullback.coding.alphabet import Alphabet, Model, as_list
from kullback.errors import InvalidInputError

__all__ = ["CODERS", "Coder", "Encoded", "decode", "encode"]

Coder = Literal["huffman", "range"]
Kind = Literal["text", "bytes", "list"]


class _Codec(NamedTuple):
    encode: Callable[[NDArray[np.int32], Alphabet], bytes]
    decode: Callable[[bytes, int, Alphabet], NDArray[np.int32]]


CODERS: Final[dict[str, _Codec]] = {
    "huffman": _Codec(
        lambda positions, alphabet: huffman.encode(positions, alphabet.weights),
        lambda payload, length, alphabet: huffman.decode(payload, length, alphabet.weights),
    ),
    "range": _Codec(
        lambda positions, alphabet: range_coder.encode(positions, alphabet.probabilities),
        lambda payload, length, alphabet: range_coder.decode(payload, length, alphabet.probabilities),
    ),
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """Coded symbols: the `payload`, and what a reader must know besides the model.

    Attributes
    ----------
    payload
        The bytes.
    length
        How many symbols they hold.
    coder
        ``"range"`` or ``"huffman"``.
    kind
        What `decode` gives back: a ``"text"``, ``"bytes"``, or a ``"list"`` for any other sequence.
    """

    payload: bytes
    length: int
    coder: Coder
    kind: Kind

    @property
    def bits_per_symbol(self) -> float:
        """8 · bytes / symbols: what was really spent; 0 for an empty message."""
        return 8 * len(self.payload) / self.length if self.length else 0.0


def encode(symbols: Iterable[Hashable], model: Model, *, coder: Coder = "range") -> Encoded:
    """Store symbols in bytes, with the code that is best for symbols which follow `model`.

    Parameters
    ----------
    symbols
        A text (its characters), bytes, or any one-dimensional sequence or column of hashable values.
    model
        `Probs`, `Counts` or a mapping ``{symbol: probability}``, known to both sides: it is no part of the
        payload. Without labels the outcomes are 0, 1, 2, ...
    coder
        ``"range"``: fractions of a bit per symbol (needs ``kullback[coding]``); ``"huffman"``: whole bits.

    Raises
    ------
    InvalidInputError
        If a symbol has probability zero, so that it has no code; the message names these symbols.

    Examples
    --------
    >>> from kullback.coding import decode, encode
    >>> model = {"a": 0.5, "b": 0.25, "c": 0.25}
    >>> stored = encode("abacabac", model, coder="huffman")
    >>> len(stored.payload), decode(stored, model)
    (2, 'abacabac')
    """
    chosen = _codec(coder)
    found = as_list(symbols)
    alphabet = Alphabet.of(model)
    kind: Kind = "text" if isinstance(found, str) else "bytes" if isinstance(found, bytes) else "list"
    payload = chosen.encode(alphabet.positions(found), alphabet)
    return Encoded(payload, len(found), coder, kind)


def decode(encoded: Encoded, model: Model) -> str | bytes | list[Hashable]:
    """Give back exactly the symbols that `encode` stored with the same model, its outcomes in the same order.

    Another model gives an error, or other symbols where the payload happens to be one of its own.

    Raises
    ------
    InvalidInputError
        If the payload is not what this model's code makes of any symbols.
    """
    alphabet = Alphabet.of(model)
    found = alphabet.symbols(_positions(encoded, alphabet))
    try:
        match encoded.kind:
            case "text":
                return "".join(found)  # type: ignore[arg-type]  # a text's symbols are texts, or join refuses
            case "bytes":
                return bytes(found)  # type: ignore[arg-type]  # as above, with integers below 256
            case _:
                return found
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"{encoded.kind} was stored, and this model's outcomes are not its symbols ({error}). Decode "
            "with the model that it was encoded with."
        ) from error


def _positions(encoded: Encoded, alphabet: Alphabet) -> NDArray[np.int32]:
    """Decode, and encode again: only the very same bytes show that all of them were understood."""
    codec = _codec(encoded.coder)
    try:
        positions = codec.decode(encoded.payload, encoded.length, alphabet)
        understood = len(positions) == encoded.length and codec.encode(positions, alphabet) == encoded.payload
    except ValueError:
        understood = False
    if not understood:
        raise InvalidInputError(
            f"the payload of {len(encoded.payload)} bytes does not hold exactly {encoded.length} symbols of "
            "this code. Decode with the model, the coder and the length that it was encoded with."
        )
    return positions


def _codec(coder: str) -> _Codec:
    if coder not in CODERS:
        raise InvalidInputError(f"coder={coder!r} is none of {', '.join(map(repr, CODERS))}.")
    return CODERS[coder]
