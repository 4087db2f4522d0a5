"""Distributions as text, for the command line: ``normal(0, 1)``, ``Gamma(concentration=2, rate=1.5)``.

Names are those of this package in any spelling (``student_t``, ``StudentT``) and the usual others that mean
one thing only (``gaussian``). Arguments come by position, in the order of the record's fields, or by name;
they are numbers, fractions, lists of them in brackets, or further distributions. Nothing is evaluated.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from difflib import get_close_matches
from typing import Any, Final

import numpy as np

from kullback import distributions as records
from kullback.distributions.record import Distribution
from kullback.errors import InvalidInputError, NormalizationError

__all__ = ["describe", "parse", "signature"]

Value = Any  # a float, a list of values, or a distribution

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:inf|nan)\b)|(?P<name>[a-z_]\w*)|(?P<sign>\S))",
    re.IGNORECASE,
)
#: Deeper nesting means nothing, and would exhaust the stack.
_DEEPEST: Final = 20


def _squeezed(name: str) -> str:
    return name.replace("_", "").lower()


#: Every family by its name without capitals and underscores.
_FAMILIES: Final[dict[str, type[Distribution]]] = {
    _squeezed(name): family
    for name in records.__all__
    if isinstance(family := getattr(records, name), type)
    and issubclass(family, Distribution)
    and family is not Distribution
}

#: Names from elsewhere that mean one family only, with parameters of the same order and meaning.
_ALIASES: Final[dict[str, str]] = {
    "binom": "binomial",
    "bern": "bernoulli",
    "chi2": "chisquared",
    "chisquare": "chisquared",
    "dirac": "delta",
    "exp": "exponential",
    "expon": "exponential",
    "gaussian": "normal",
    "gev": "generalizedextremevalue",
    "gpd": "generalizedpareto",
    "invgamma": "inversegamma",
    "lognorm": "lognormal",
    "mvn": "multivariatenormal",
    "norm": "normal",
    "pois": "poisson",
    "reciprocal": "loguniform",
    "student": "studentt",
    "studentst": "studentt",
    "t": "studentt",
    "unif": "uniform",
    "vmf": "vonmisesfisher",
    "wald": "inversegaussian",
    "zeta": "zipf",
}

_SHAPE: Final = {"alpha": "concentration", "shape": "concentration"}
_SUCCESS: Final = {"n": "total_count", "p": "probs", "prob": "probs"}
_CENTRE: Final = {"mu": "loc", "location": "loc"}
#: Other names of parameters that mean one thing only in that family; a Laplace "sigma" could be two things.
_PARAMETERS: Final[Mapping[str, Mapping[str, str]]] = {
    "Bernoulli": _SUCCESS,
    "Beta": {
        "alpha": "concentration1",
        "a": "concentration1",
        "beta": "concentration0",
        "b": "concentration0",
    },
    "Binomial": _SUCCESS,
    "Categorical": _SUCCESS,
    "Cauchy": _CENTRE,
    "ChiSquared": {"nu": "df", "k": "df"},
    "Dirichlet": {"alpha": "concentration"},
    "DiscreteUniform": {"lower": "low", "min": "low", "upper": "high", "max": "high"},
    "Exponential": {"lambda": "rate"},
    "Gamma": _SHAPE,
    "Geometric": _SUCCESS,
    "Gumbel": _CENTRE,
    "InverseGamma": _SHAPE,
    "Laplace": _CENTRE,
    "LogNormal": {"mu": "loc", "sigma": "scale"},
    "Logistic": _CENTRE,
    "Multinomial": _SUCCESS,
    "MultivariateNormal": {
        "mu": "loc",
        "mean": "loc",
        "cov": "covariance",
        "covariance_matrix": "covariance",
    },
    "Normal": {"mu": "loc", "mean": "loc", "sigma": "scale", "sd": "scale", "std": "scale"},
    "Poisson": {"lambda": "rate", "mu": "rate", "mean": "rate"},
    "StudentT": {"nu": "df", **_CENTRE},
    "Uniform": {"a": "low", "lower": "low", "min": "low", "b": "high", "upper": "high", "max": "high"},
    "VonMises": {"mu": "loc", "kappa": "concentration"},
    "Weibull": _SHAPE,
}


def parse(text: str) -> Distribution:
    """The distribution that a text names.

    Raises
    ------
    InvalidInputError
        If the text is no call of a family with its parameters; the message has the nearest name, and how the
        family is called.

    Examples
    --------
    >>> from kullback.distributions.adapters.text import parse
    >>> parse("student_t(3, scale=1/2)").scale
    array(0.5)
    """
    reader = _Reader(text)
    value = reader.value(_DEEPEST)
    reader.end()
    if not isinstance(value, Distribution):
        raise InvalidInputError(f"{_short(text)} is no distribution; write one as normal(0, 1).")
    return value


def signature(family: type[Distribution]) -> str:
    """How a family is written: ``StudentT(df, loc=0.0, scale=1.0)``."""
    own = _arguments(family)
    choices = [f.name for f in own if f.default is None]
    words = [
        f.name if f.default is MISSING else f"{f.name}={f.default}" for f in own if f.default is not None
    ]
    if choices:
        words.append(" or ".join(f"{name}=..." for name in choices))
    return f"{family.__name__}({', '.join(words)})"


def describe(record: Distribution) -> str:
    """How a record would be written with the names of its parameters."""
    given = [(f.name, getattr(record, f.name)) for f in _arguments(type(record))]
    return f"{type(record).__name__}({', '.join(f'{k}={_written(v)}' for k, v in given if v is not None)})"


def _arguments(family: type[Distribution]) -> list[Field[Any]]:
    """The fields that a person writes; `anchor` only says which framework is meant where there are none."""
    return [f for f in fields(family) if f.name != "anchor"]


def _written(value: Any) -> str:
    if isinstance(value, Distribution):
        return describe(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_written, value))}]"
    return f"{value:.12g}" if isinstance(value, int | float) else _written(value.tolist())


@dataclass
class _Reader:
    """Reads values from a text, one token after the other (a descent without evaluation)."""

    text: str
    at: int = 0

    def value(self, depth: int) -> Value:
        """A number, a fraction, a list in brackets, or a call."""
        if not depth:
            raise self.error(f"is nested deeper than {_DEEPEST} levels")
        kind, token = self.take()
        if kind == "number":
            return self.fraction(float(token))
        if kind == "name":
            return self.call(token, depth - 1)
        if token == "[":
            return self.items("]", lambda: self.value(depth - 1))
        raise self.error(f"has {token or 'its end'!r} where a number, a list or a distribution should be")

    def fraction(self, above: float) -> float:
        """The number, divided by the one behind a slash."""
        if self.peek() != "/":
            return above
        self.take()
        kind, token = self.take()
        if kind != "number" or float(token) == 0:
            raise self.error(f"has {token!r} below a slash, which must be a number other than 0")
        return above / float(token)

    def call(self, name: str, depth: int) -> Distribution:
        """A family and its arguments."""
        family = _family(name, self)
        if self.take()[1] != "(":
            raise self.error(f"lacks the parameters of {name}: {signature(family)}")
        arguments = self.items(")", lambda: self.argument(depth))
        return _made(family, arguments, self)

    def argument(self, depth: int) -> tuple[str | None, Value]:
        """A value, or a name and its value."""
        named = re.compile(r"\s*([A-Za-z_]\w*)\s*=").match(self.text, self.at)
        if named is None:
            return None, self.value(depth)
        self.at = named.end()
        return named[1], self.value(depth)

    def items(self, end: str, item: Callable[[], Any]) -> list[Any]:
        """Items between commas, up to the closing sign."""
        found: list[Any] = []
        while self.peek() != end:
            if found and self.take()[1] != ",":
                raise self.error(f"needs a comma or {end!r} behind {self.text[: self.at - 1].strip()!r}")
            found.append(item())
        self.take()
        return found

    def peek(self) -> str:
        """The next token, which stays."""
        at = self.at
        _, token = self.take()
        self.at = at
        return token

    def take(self) -> tuple[str, str]:
        """The next token and its kind; empty at the end."""
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            return "end", ""
        self.at = found.end()
        kind = str(found.lastgroup)
        return kind, found[kind]

    def end(self) -> None:
        """Refuse what stands behind the value."""
        if self.peek():
            raise self.error(f"goes on behind the distribution: {self.text[self.at :].strip()!r}")

    def error(self, what: str) -> InvalidInputError:
        """What is wrong with the text, with a text that is right."""
        return InvalidInputError(f"{_short(self.text)} {what}. Write a distribution as normal(0, 1).")


def _family(name: str, reader: _Reader) -> type[Distribution]:
    squeezed = _squeezed(name)
    family = _FAMILIES.get(_ALIASES.get(squeezed, squeezed))
    if family is not None:
        return family
    close = get_close_matches(squeezed, [*_FAMILIES, *_ALIASES], n=3, cutoff=0.6)
    near = {_FAMILIES[_ALIASES.get(one, one)]: None for one in close}
    hint = f"Did you mean {' or '.join(map(signature, near))}?" if near else f"Known are {', '.join(_NAMES)}."
    raise InvalidInputError(f"{name!r} in {_short(reader.text)} is no family that is known here. {hint}")


def _made(
    family: type[Distribution], arguments: list[tuple[str | None, Value]], reader: _Reader
) -> Distribution:
    names = [f.name for f in _arguments(family)]
    given: dict[str, Value] = {}
    for position, (name, value) in enumerate(arguments):
        if name is None and (position >= len(names) or any(n is not None for n, _ in arguments[:position])):
            wrong = (
                "too many parameters"
                if position >= len(names)
                else "a parameter without a name behind a named one"
            )
            raise InvalidInputError(f"{_short(reader.text)} has {wrong}: {signature(family)}.")
        field = names[position] if name is None else _parameter(family, name, names, reader)
        if field in given:
            raise InvalidInputError(f"{_short(reader.text)} has {field} twice: {signature(family)}.")
        given[field] = value
    missing = [f.name for f in _arguments(family) if f.default is MISSING and f.name not in given]
    if missing:
        raise InvalidInputError(f"{_short(reader.text)} lacks {' and '.join(missing)}: {signature(family)}.")
    return family(**{name: _fitting(family, name, value, reader) for name, value in given.items()})


def _parameter(family: type[Distribution], name: str, names: list[str], reader: _Reader) -> str:
    if name in names:
        return name
    others = _PARAMETERS.get(family.__name__, {})
    other = others.get(name.lower())
    if other in names:
        return other
    close = get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}?" if close else f"It is written {signature(family)}."
    raise InvalidInputError(f"{family.__name__} in {_short(reader.text)} has no parameter {name!r}. {hint}")


def _fitting(family: type[Distribution], name: str, value: Value, reader: _Reader) -> Any:
    """Hold a value to the kind that its field is of; a mixture's list of components becomes a batch."""
    field = next(f for f in _arguments(family) if f.name == name)
    if field.metadata.get("component"):
        if family is records.Mixture and isinstance(value, list):
            return _batch(value, reader)
        if family is records.Joint and isinstance(value, list) and _all_distributions(value):
            return tuple(value)
        if isinstance(value, Distribution) and family is not records.Joint:
            return value
        raise InvalidInputError(
            f"{family.__name__} in {_short(reader.text)}: {name} must be "
            f"{'a list of distributions' if family is records.Joint else 'a distribution'}."
        )
    if any(isinstance(x, Distribution) for x in _leaves(value)):
        raise InvalidInputError(
            f"{family.__name__} in {_short(reader.text)}: {name} must be a number or a list of numbers."
        )
    if name in ("probs", "weights") and field.metadata.get("event"):
        _check_sum(family, name, value)
    if field.type in ("int", int):
        if not isinstance(value, float) or value != int(value):
            raise InvalidInputError(f"{family.__name__}: {name} = {value} must be a whole number.")
        return int(value)
    return value


def _check_sum(family: type[Distribution], name: str, value: Value) -> None:
    """Refuse probabilities that do not sum to one beyond what ten written digits explain."""
    totals = np.asarray(value).sum(axis=-1) if _is_regular(value) else np.ones(())
    wrong = totals[np.abs(totals - 1) > 1e-9 * np.size(value)]
    if wrong.size:
        raise NormalizationError(f"{family.__name__}: {name} sums to {wrong.flat[0]:.12g}; it must sum to 1.")


def _is_regular(value: Value) -> bool:
    """Whether nested lists have one length at each level; what has not is refused by the record."""
    if not isinstance(value, list):
        return False
    inner = [x for x in value if isinstance(x, list)]
    return not inner or (
        len(inner) == len(value) and len({len(x) for x in inner}) == 1 and all(map(_is_regular, inner))
    )


def _batch(components: list[Value], reader: _Reader) -> Distribution:
    """One record for components of one family: each parameter a list with an entry for each component."""
    kinds = {type(one) for one in components}
    if not _all_distributions(components) or len(kinds) != 1:
        raise InvalidInputError(
            f"a mixture in {_short(reader.text)} needs a list of distributions of one family: "
            "mixture([0.3, 0.7], [normal(0, 1), normal(3, 1)])."
        )
    family = kinds.pop()
    own = [dict(one.arrays()) for one in components]
    if len({tuple(parameters) for parameters in own}) != 1 or any(
        list(one._components()) for one in components
    ):
        raise InvalidInputError(
            f"the components of the mixture in {_short(reader.text)} must be given by the same parameters."
        )
    batched: Distribution = family(
        **{name: np.stack([parameters[name] for parameters in own]) for name in own[0]}
    )
    return batched


def _all_distributions(values: list[Value]) -> bool:
    return bool(values) and all(isinstance(one, Distribution) for one in values)


def _leaves(value: Value) -> Iterator[Value]:
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _short(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= 60 else f"{text[:56]} ...")


_NAMES: Final = [family.__name__ for family in _FAMILIES.values()]
