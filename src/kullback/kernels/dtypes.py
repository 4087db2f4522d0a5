"""Element types by name, alike in every framework: how fine they are, and what they are computed in."""

from collections.abc import Sequence
from typing import Any, Final

__all__ = ["EPSILON", "dtype_name", "promoted"]

#: The spacing of the numbers at 1, of every floating type that is accepted, coarsest first.
EPSILON: Final = {
    "bfloat16": 2.0**-7,
    "float16": 2.0**-10,
    "float32": 2.0**-23,
    "float64": 2.0**-52,
}
_HALF: Final = frozenset({"bfloat16", "float16"})


def dtype_name(dtype: Any) -> str:
    """Name an element type: ``"float32"`` for NumPy's, JAX's and PyTorch's float32 alike."""
    return str(getattr(dtype, "name", dtype)).rpartition(".")[2]


def promoted(names: Sequence[str]) -> tuple[str, str]:
    """Name the dtype of the answer, and the one that it is computed in: float32 for the half types.

    The widest of the names, and float32 for a bfloat16 and a float16, neither of which holds the other.
    """
    widest = max(names, key=lambda name: -EPSILON[name])
    if _HALF.issuperset(names):
        return (widest if len(set(names)) == 1 else "float32"), "float32"
    return widest, widest
