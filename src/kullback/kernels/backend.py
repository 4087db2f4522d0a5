"""Whose arrays are these? The namespace and the primitives are inferred from the arrays, at every call.

There is no global back end to set. NumPy, PyTorch and JAX have primitives of their own, with their own rules
for gradients; arrays of any other library that follows the array API standard are served by `array_api`.
"""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, TypeAlias

import numpy as np
from array_api_compat import array_namespace

from kullback.errors import DtypeError, InvalidTypeError, ShapeError
from kullback.kernels.dtypes import EPSILON, dtype_name

__all__ = ["Array", "ArrayLike", "Backend", "beside", "gather", "is_traced", "to_numpy"]

#: An array of any framework: the type checkers of three frameworks agree on no common protocol.
Array: TypeAlias = Any
#: What a caller may write instead of an array: nested lists or tuples of numbers.
ArrayLike: TypeAlias = Any


@dataclass(frozen=True)
class Backend:
    """One framework: its array API namespace `xp`, the `kernels` that are made for it, and the library."""

    name: str
    xp: Any
    kernels: Any
    library: Any

    @property
    def differentiable(self) -> bool:
        """Whether slopes are asked of this framework, so that those at zeros have to be right."""
        return self.name in ("PyTorch", "JAX")

    def quiet(self) -> AbstractContextManager[object]:
        """Silence floating-point warnings of NumPy and what is built on it: log 0 and ∞ are answers here."""
        return nullcontext() if self.differentiable else np.errstate(all="ignore")


#: Top-level package of an array's class, or of a base class -> the framework's name.
_FRAMEWORKS: Final = {
    "numpy": "NumPy",
    "ml_dtypes": "NumPy",
    "torch": "PyTorch",
    "jax": "JAX",
    "jaxlib": "JAX",
}
_KERNELS: Final = {
    "NumPy": "kullback.kernels.numpy",
    "PyTorch": "kullback.kernels.torch",
    "JAX": "kullback.kernels.jax",
}
#: Filled at the first array of each framework. A plain table, because torch.compile reads it while it traces.
_LOADED: Final[dict[str, Backend]] = {}


def gather(names: Sequence[str], values: Sequence[ArrayLike]) -> tuple[Backend, list[Array]]:
    """Find the one framework that all `values` belong to, and bring Python sequences to it.

    A list or tuple becomes an array of the other argument's framework, dtype and device; with no array beside
    it, a NumPy array.

    Raises
    ------
    InvalidTypeError
        If the arrays belong to different frameworks or devices, or something is not an array at all.
    DtypeError
        For masked arrays.
    """
    found = [(name, x, _framework(name, x)) for name, x in zip(names, values, strict=True)]
    arrays = [(name, x, framework) for name, x, framework in found if framework is not None]
    if not arrays:
        return _backend("NumPy", None), [_sequence(name, x) for name, x, _ in found]
    first_name, first, framework = arrays[0]
    for name, x, other in arrays[1:]:
        if other != framework:
            raise InvalidTypeError(
                f"{first_name} is a {framework} array and {name} a {other} array; convert one of them, "
                f"for example {_conversion(name, framework)}."
            )
        if framework == "PyTorch" and x.device != first.device:
            raise InvalidTypeError(
                f"{first_name} is on the device {first.device} and {name} on {x.device}; move one of them: "
                f"{name}.to({first_name}.device)."
            )
    backend = _backend(framework, first)
    return backend, [_adopt(backend, name, x, first) if own is None else _plain(x) for name, x, own in found]


def beside(backend: Backend, x: ArrayLike, other: Array, dtype: Any = None) -> Array:
    """Make a nested list an array of the framework and device of `other`."""
    device = other.device if backend.name == "PyTorch" else None
    return backend.xp.asarray(x, dtype=dtype, device=device)


def is_traced(backend: Backend, *arrays: Array) -> bool:
    """Say whether the arrays stand for values that are not known yet, so that no value can be looked at.

    True under `jax.jit`, `jax.grad`, `jax.vmap` (every JAX tracer), under `torch.compile` and `torch.export`,
    inside the transforms of `torch.func`, and for tensors without storage (the meta device).
    """
    if backend.name == "JAX":
        return any(hasattr(x, "_trace") for x in arrays)
    if backend.name == "PyTorch":
        torch = backend.library
        compiling = torch.compiler.is_compiling()
        return bool(
            compiling or torch._C._functorch.peek_interpreter_stack() or any(x.is_meta for x in arrays)
        )
    return False


def to_numpy(x: Array) -> np.ndarray[Any, Any]:
    """Copy the values of an array to NumPy, to name what is wrong with them."""
    if hasattr(x, "detach"):
        x = x.detach().cpu()
    return np.asarray(x)


def _framework(name: str, x: object) -> str | None:
    """Name the framework of `x`; None for a Python sequence or number."""
    if isinstance(x, np.ma.MaskedArray):
        raise DtypeError(
            f"{name} is a masked array; a hidden entry is neither a zero nor absent. Pass {name}.filled(0), "
            f"or {name}.data with where=~{name}.mask to leave the hidden outcomes out."
        )
    for cls in type(x).__mro__:
        framework = _FRAMEWORKS.get(cls.__module__.partition(".")[0])
        if framework is not None:
            return framework
    if isinstance(x, (list, tuple, int, float)):
        return None
    try:
        return str(array_namespace(x).__name__)
    except TypeError:
        raise InvalidTypeError(
            f"{name} is a {type(x).__name__}, not an array; pass a NumPy, PyTorch or JAX array or a list of "
            "numbers. kullback.compare takes mappings, Series and measures such as Counts."
        ) from None


def _backend(framework: str, x: Array) -> Backend:
    backend = _LOADED.get(framework)
    if backend is None:
        backend = _LOADED[framework] = _load(framework, x)
    return backend


def _load(framework: str, x: Array) -> Backend:
    kernels = import_module(_KERNELS.get(framework, "kullback.kernels.array_api"))
    xp = array_namespace(np.empty(0) if x is None else x)
    # Whoever holds a tensor has loaded torch: it is taken from there, and never imported here.
    return Backend(framework, xp, kernels, sys.modules["torch"] if framework == "PyTorch" else xp)


def _plain(x: Array) -> Array:
    """Make a NumPy scalar, or an instance of a subclass such as a matrix, a plain array."""
    return np.asarray(x) if isinstance(x, (np.ndarray, np.generic)) else x


def _adopt(backend: Backend, name: str, x: ArrayLike, other: Array) -> Array:
    """Bring a Python sequence to the other argument's framework, dtype and device."""
    array = _sequence(name, x)
    if array.dtype.kind not in "biuf":
        return array  # refused, with the right words, where dtypes are checked
    return beside(backend, array.tolist(), other, other.dtype if dtype_name(other.dtype) in EPSILON else None)


def _sequence(name: str, x: ArrayLike) -> np.ndarray[Any, Any]:
    try:
        return np.asarray(x)
    except ValueError:
        raise ShapeError(
            f"{name} is a list of rows that differ in length; give them all one length."
        ) from None


def _conversion(name: str, framework: str) -> str:
    return {
        "NumPy": f"numpy.asarray({name})",
        "PyTorch": f"torch.as_tensor({name})",
        "JAX": f"jax.numpy.asarray({name})",
    }.get(framework, f"{framework}.asarray({name})")


if "torch" in sys.modules:
    # While torch.compile traces a function nothing can be imported, so what it needs is loaded now. Where
    # torch is imported only after this, the first call inside torch.compile leaves the graph once.
    _backend("PyTorch", sys.modules["torch"].empty(0))
