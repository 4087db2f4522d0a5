"""Formulas over large NumPy arrays, one block at a time.

A formula written in whole-array operations makes a temporary array for each. On blocks that fit the
processor's cache these cost little time and no memory to speak of; on whole arrays they cost several times
the time, and many times the memory of the arguments.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["BLOCK", "elementwise", "over_rows", "pieces"]

#: Numbers in a block: 128 KiB of float64.
BLOCK: Final = 2**14

Doubles: TypeAlias = NDArray[np.float64]
Use: TypeAlias = Literal["readonly", "writeonly", "allocate"]


def elementwise(formula: Callable[..., Doubles], *arrays: ArrayLike, dtype: DTypeLike) -> Any:
    """Apply ``formula(*blocks) -> block`` to every element, in double precision; the arrays broadcast."""
    operands: list[NDArray[Any] | None] = [*map(np.asarray, arrays), None]
    use: list[list[Use]] = [["readonly"] for _ in arrays]
    use.append(["writeonly", "allocate"])
    blocks = np.nditer(
        operands,
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=use,
        op_dtypes=[np.float64] * len(arrays) + [dtype],
        casting="same_kind",
        buffersize=BLOCK,
    )
    with blocks:
        for *inputs, out in blocks:
            out[...] = formula(*inputs)
        return blocks.operands[-1][()]


def over_rows(
    formula: Callable[..., tuple[Doubles, ...]], *arrays: ArrayLike, out: tuple[NDArray[Any], ...]
) -> None:
    """Write ``formula(*blocks)``, several answers for blocks of rows ``(..., n)``, into the arrays `out`.

    The leading axes of each of `out` are those of the broadcast arguments.
    """
    whole = np.broadcast_arrays(*arrays)
    for rows in _blocks_of_rows(whole[0].shape):
        answers = formula(*(np.asarray(x[rows], dtype=np.float64) for x in whole))
        for place, answer in zip(out, answers, strict=True):
            place[rows] = answer


def pieces(n: int) -> Iterator[slice]:
    """Slices of a block's length that cover a long row; an empty row has an empty piece."""
    return (slice(i, i + BLOCK) for i in range(0, max(n, 1), BLOCK))


def _blocks_of_rows(shape: tuple[int, ...]) -> Iterator[tuple[int | slice, ...]]:
    """Indices into the leading axes, each of about a block's size, at least one row."""
    if len(shape) == 1 or math.prod(shape) <= BLOCK:
        yield ()
        return
    inner = math.prod(shape[1:])
    if inner <= BLOCK:
        step = BLOCK // inner
        yield from ((slice(i, i + step),) for i in range(0, shape[0], step))
    else:
        yield from ((i, *rest) for i in range(shape[0]) for rest in _blocks_of_rows(shape[1:]))
