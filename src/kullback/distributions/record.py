"""What all families share: a frozen record of parameters that are native arrays of one framework.

A family is a frozen dataclass whose fields say what they may hold::

    @dataclass(frozen=True, eq=False)
    class Normal(Distribution):
        loc: Array = parameter(REAL)
        scale: Array = parameter(POSITIVE)

Parameters broadcast against each other to the batch shape; the last `event` axes of a parameter belong to the
event. Python numbers and lists follow the arrays beside them, or become NumPy arrays of float64.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from math import inf
from typing import Any, ClassVar, Self

import numpy as np

from kullback.distributions.arithmetic import Array, select
from kullback.distributions.features import Expansion, Feature
from kullback.distributions.supports import Support
from kullback.errors import InvalidInputError, InvalidTypeError, ShapeError, ValueRangeError
from kullback.kernels.backend import Backend, gather, is_traced, to_numpy

__all__ = [
    "COUNT",
    "NON_NEGATIVE",
    "OPEN_UNIT",
    "POSITIVE",
    "PROBABILITY",
    "REAL",
    "WEIGHTS",
    "Distribution",
    "Rule",
    "component",
    "parameter",
    "together",
]


@dataclass(frozen=True)
class Rule:
    """What a parameter's entries must be, in words and as a test."""

    words: str
    holds: Callable[[Array], Array]


REAL = Rule("finite", lambda x: (x > -inf) & (x < inf))
POSITIVE = Rule("positive and finite", lambda x: (x > 0) & (x < inf))
NON_NEGATIVE = Rule("non-negative and finite", lambda x: (x >= 0) & (x < inf))
PROBABILITY = Rule("between 0 and 1", lambda x: (x >= 0) & (x <= 1))
OPEN_UNIT = Rule("between 0 and 1, both excluded", lambda x: (x > 0) & (x < 1))
COUNT = Rule("a whole number, at least 0", lambda x: (x >= 0) & (x % 1 == 0))
WEIGHTS = Rule("below +inf and not NaN", lambda x: x < inf)


def parameter(rule: Rule, *, event: int = 0, default: Any = MISSING) -> Any:
    """A field that holds an array whose last `event` axes belong to the event; a default may be a number."""
    return field(default=default, metadata={"rule": rule, "event": event})


def component() -> Any:
    """A field that holds another distribution."""
    return field(metadata={"component": True})


@dataclass(frozen=True, eq=False)
class Distribution:
    """A probability distribution with a known density or mass function, possibly a batch of them."""

    #: Axes that belong to one draw: 0 for a number, 1 for a vector, 2 for a matrix.
    event_dims: ClassVar[int] = 0
    #: The features that `expansion` is written in; None where the density has no expansion.
    features: ClassVar[tuple[type[Feature], ...] | None] = None

    def __post_init__(self) -> None:
        """Bring the parameters to one framework and check them, where their values can be looked at."""
        raw = {name: value for name, value in self._own() if value is not None}
        free = all(
            isinstance(x, (int, float, list, tuple)) and not isinstance(x, np.generic) for x in raw.values()
        )
        backend, arrays = _gathered([f"{type(self).__name__}: {n}" for n in raw], list(raw.values()))
        object.__setattr__(self, "_free", free)
        self._store(dict(zip(raw, arrays, strict=True)), backend)
        if raw:
            self._check(backend)

    # -- parameters ------------------------------------------------------------------------------------------

    @classmethod
    def trusted(cls, **values: Any) -> Self:
        """Make a record of arrays that are known to be valid and of one framework."""
        record = object.__new__(cls)
        for f in fields(cls):
            object.__setattr__(record, f.name, values.get(f.name))
        object.__setattr__(record, "_free", False)
        return record

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Every array inside, nested records' included, with the name of its field."""
        yield from ((name, value) for name, value in self._own() if value is not None)
        for name, inner in self._components():
            for one in inner if isinstance(inner, tuple) else (inner,):
                yield from ((f"{name}.{key}", value) for key, value in one.arrays())

    def with_arrays(self, values: Iterator[Array]) -> Self:
        """The same record with other arrays, given in the order of `arrays`."""
        new: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        for name, value in self._own():
            if value is not None:
                new[name] = next(values)
        for name, inner in self._components():
            several = isinstance(inner, tuple)
            parts = tuple(one.with_arrays(values) for one in (inner if several else (inner,)))
            new[name] = parts if several else parts[0]
        return type(self).trusted(**new)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the batch: what is left of the parameters' shapes without their event axes."""
        shapes = [
            tuple(getattr(self, f.name).shape)[: getattr(self, f.name).ndim - f.metadata["event"]]
            for f in fields(self)
            if "rule" in f.metadata and getattr(self, f.name) is not None
        ]
        for _, inner in self._components():
            shapes += [one.batch_shape for one in (inner if isinstance(inner, tuple) else (inner,))]
        return np.broadcast_shapes(*shapes)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one draw: ``()`` for a number."""
        shapes = [
            tuple(x.shape)[x.ndim - f.metadata["event"] :][: self.event_dims]
            for f in fields(self)
            if f.metadata.get("event") and (x := getattr(self, f.name)) is not None
        ]
        return shapes[0] if shapes and self.event_dims else ()

    @property
    def xp(self) -> Any:
        """The array-API namespace of the parameters."""
        return _gathered(*zip(*self.arrays(), strict=True))[0].xp

    # -- what a family says ----------------------------------------------------------------------------------

    @property
    def support(self) -> Support:
        """Where the distribution can put mass."""
        raise NotImplementedError

    def expansion(self) -> Expansion:
        """Log density on the support, as a constant plus coefficients times features of x."""
        raise NotImplementedError

    def mean(self) -> Array | None:
        """The mean: an array, infinite or NaN where it does not exist; None where it has no closed form."""
        return None

    def variance(self) -> Array | None:
        """The variance: an array, possibly infinite; None where it has no closed form."""
        return None

    def log_prob(self, x: Array) -> Array:
        """Log density (or mass) at `x`, −inf outside the support: ``(...) -> (...)``."""
        support: Any = self.support
        with self._quiet():
            inside = support.contains(x)
            # outside, any point of the support serves: the branch not taken must stay finite for gradients
            return select(inside, self.expansion()(select(inside, x, support.point())), -inf)

    def landmarks(self) -> tuple[Array, ...]:
        """Points where the density peaks, has a kink, a jump or a pole: hints for numerical integration.

        The ends of the support need not be among them.
        """
        return ()

    # -- inside ----------------------------------------------------------------------------------------------

    def _own(self) -> Iterator[tuple[str, Any]]:
        return ((f.name, getattr(self, f.name)) for f in fields(self) if "rule" in f.metadata)

    def _components(self) -> Iterator[tuple[str, Any]]:
        return ((f.name, getattr(self, f.name)) for f in fields(self) if "component" in f.metadata)

    def _quiet(self) -> Any:
        return np.errstate(all="ignore")

    def _store(self, arrays: Mapping[str, Array], backend: Backend) -> None:
        dtype = _floating(backend, list(arrays.values()))
        for name, x in arrays.items():
            floating = backend.xp.isdtype(x.dtype, "real floating")
            object.__setattr__(self, name, x if floating else backend.xp.astype(x, dtype))

    def _check(self, backend: Backend) -> None:
        """Hold every parameter to its rule, and their shapes to each other."""
        family = type(self).__name__
        for f in fields(self):
            x = getattr(self, f.name)
            if "rule" not in f.metadata or x is None:
                continue
            if x.ndim < f.metadata["event"]:
                raise ShapeError(
                    f"{family}: {f.name} has shape {tuple(x.shape)}; it needs at least "
                    f"{f.metadata['event']} axes, the last of which belong to one draw."
                )
            if not is_traced(backend, x):
                _hold(family, f.name, x, f.metadata["rule"])
        try:
            _ = self.batch_shape
        except ValueError:
            shapes = ", ".join(f"{name} {tuple(x.shape)}" for name, x in self._own() if x is not None)
            raise ShapeError(f"{family}: the parameters' shapes do not broadcast: {shapes}.") from None


def together(p: Distribution, q: Distribution) -> tuple[Distribution, Distribution, Backend]:
    """Bring two records to one framework: one made of Python numbers follows the other's arrays.

    Half-precision parameters are widened to float32.

    Raises
    ------
    InvalidTypeError
        If the two hold arrays of different frameworks or devices.
    """
    names, values, counts = [], [], []
    for side, record in (("P", p), ("Q", q)):
        own = list(record.arrays())
        free = _is_free(record)
        names += [f"{side}'s {name}" for name, _ in own]
        values += [to_numpy(x).tolist() if free else x for _, x in own]
        counts.append(len(own))
    backend, arrays = _gathered(names, values)
    xp = backend.xp
    dtype = _floating(backend, arrays)
    arrays = [xp.astype(x, dtype) if x.dtype != dtype and xp.finfo(x.dtype).bits < 32 else x for x in arrays]
    first = iter(arrays)
    return p.with_arrays(first), q.with_arrays(first), backend


def _is_free(record: Distribution) -> bool:
    """Whether a record holds nothing but Python numbers, so that it may follow another's framework."""
    inner = [one for _, c in record._components() for one in (c if isinstance(c, tuple) else (c,))]
    return bool(getattr(record, "_free", False)) and all(map(_is_free, inner))


def _gathered(names: Any, values: Any) -> tuple[Backend, list[Array]]:
    for name, x in zip(names, values, strict=True):
        if isinstance(x, (str, bytes, set, dict)):
            raise InvalidTypeError(
                f"{name} is a {type(x).__name__}; it must be a number or an array of numbers."
            )
    return gather(list(names), list(values))


def _floating(backend: Backend, arrays: list[Array]) -> Any:
    """The dtype to compute in: the widest floating one present, at least float32; else the default."""
    xp = backend.xp
    found = [x.dtype for x in arrays if xp.isdtype(x.dtype, "real floating")]
    if not found:
        return xp.asarray(0.5).dtype
    wide = max(found, key=lambda d: xp.finfo(d).bits)
    return wide if xp.finfo(wide).bits >= 32 else xp.float32


def _hold(family: str, name: str, x: Array, rule: Rule) -> None:
    values = to_numpy(x)
    wrong = np.argwhere(~np.asarray(rule.holds(values)))
    if len(wrong):  # of a single number, which has no indices, the size would be 0
        at = tuple(int(i) for i in wrong[0])
        where = name if not at else f"{name}[{', '.join(map(str, at))}]"
        raise ValueRangeError(
            f"{family}: {where} = {values[at]!s}; {name} must be {rule.words}."
            + ("" if len(wrong) == 1 else f" {len(wrong)} entries break this rule.")
        )


def exactly_one(family: str, **given: Any) -> str:
    """The name of the one parametrisation that was given.

    Raises
    ------
    InvalidInputError
        If none or several were.
    """
    present = [name for name, value in given.items() if value is not None]
    if len(present) != 1:
        met = " and ".join(present) or "none of them"
        raise InvalidInputError(f"{family} takes exactly one of {', '.join(given)}; {met} was given.")
    return present[0]
