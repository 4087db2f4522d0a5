"""The table of exact pairs, read from the registry: ``python -m kullback.distributions.table``."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

import kullback.distributions as public
from kullback.distributions.exact.by_features import SOURCE as BY_EXPECTATIONS
from kullback.distributions.exact.by_features import has_features
from kullback.distributions.exact.finite_sums import SOURCE as BY_SUM
from kullback.distributions.families.combined import Affine, Delta, Independent, Joint, Mixture
from kullback.distributions.families.discrete import Count
from kullback.distributions.record import Distribution
from kullback.distributions.registry import find_form, registered_forms
from kullback.distributions.supports import Integers, missing

__all__ = ["Pair", "exact_pairs", "families", "render"]

_MADE_OF_OTHERS: Final = (Affine, Delta, Independent, Joint, Mixture)

#: Members whose support, which depends on their parameters, lies within others' or around them.
_WITHIN: Final[dict[str, tuple[float, ...]]] = {
    "DiscreteUniform": (1.0, 1.0),
    "GeneralizedPareto": (0.5, 0.1, -1.0),
    "LogUniform": (0.5, 0.75),
    "Pareto": (2.0, 1.0),
    "Uniform": (0.5, 0.75),
}
_AROUND: Final[dict[str, tuple[float, ...]]] = {
    "Binomial": (1000.0, 0.5),
    "BetaBinomial": (1000.0, 1.0, 1.0),
    "DiscreteUniform": (0.0, 1000.0),
    "LogUniform": (0.1, 1000.0),
    "Pareto": (0.1, 1.0),
    "Uniform": (-1000.0, 1000.0),
}


@dataclass(frozen=True)
class Pair:
    """Two families between which D(p ‖ q) is exact, by which method, and from which source."""

    p: type[Distribution]
    q: type[Distribution]
    method: str
    source: str


def families() -> list[type[Distribution]]:
    """Every named family, in the order of the alphabet."""
    named = (getattr(public, name) for name in sorted(public.__all__))
    return [
        cls
        for cls in named
        if isinstance(cls, type)
        and issubclass(cls, Distribution)
        and cls is not Distribution
        and not issubclass(cls, _MADE_OF_OTHERS)
    ]


def exact_pairs() -> Iterator[Pair]:
    """Every ordered pair of named families whose supports let the exact answer be finite."""
    named = families()
    for p in named:
        for q in named:
            form = find_form(p, q)
            if form is not None:
                yield Pair(p, q, "closed form", form.source)
            elif _can_be_finite(p, q):
                if _is_finite(p) and issubclass(q, Count):
                    yield Pair(p, q, "finite sum", BY_SUM)
                elif has_features(p, q):
                    yield Pair(p, q, "expectations", BY_EXPECTATIONS)


def render() -> str:
    """The table as Markdown."""
    pairs = list(exact_pairs())
    same = sum(pair.p is pair.q for pair in pairs)
    closed = [f for f in registered_forms() if _serves(f.p) and _serves(f.q)]  # not users' or adapters' own
    others: dict[tuple[str, type], list[str]] = defaultdict(list)
    for pair in pairs:
        if pair.method != "closed form":
            others[pair.method, pair.p].append(pair.q.__name__)
    expected, summed = (
        [(p.__name__, ", ".join(q)) for (m, p), q in others.items() if m == method]
        for method in ("expectations", "finite sum")
    )
    lines = [
        f"{len(pairs)} ordered pairs of named families, {same} of them of one with itself; between "
        "some of them the tails make the exact answer infinite, whatever the parameters.",
        "**Closed forms.**",
        _table(("P", "Q", "Source"), [(_serves(f.p), _serves(f.q), f.source) for f in closed]),
        f"**Expectations.** From {BY_EXPECTATIONS}.",
        _table(("P", "Q"), expected),
        f"**Finite sums.** Exact to rounding: {BY_SUM}.",
        _table(("P", "Q"), summed),
    ]
    return "\n\n".join(lines) + "\n"


def _serves(cls: type) -> str:
    """The public name of a type; for one that only groups families, these."""
    if cls.__name__ in public.__all__:
        return cls.__name__
    return ", ".join(f.__name__ for f in families() if issubclass(f, cls))


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _can_be_finite(p: type[Distribution], q: type[Distribution]) -> bool:
    one, other = _example(p, _WITHIN), _example(q, _AROUND)
    if one is None or other is None:
        return False
    return not np.any(missing(one.support, other.support))


def _is_finite(p: type[Distribution]) -> bool:
    example = _example(p, _WITHIN)
    return (
        example is not None
        and isinstance(example.support, Integers)
        and bool(np.all(np.asarray(example.support.upper) < np.inf))
    )


def _example(family: type[Distribution], members: dict[str, tuple[float, ...]]) -> Distribution | None:
    """A member; None for families of vectors, which have forms or no exact answer at all."""
    given = members.get(family.__name__)
    if given is not None:
        return family(*given)
    needed = [f for f in fields(family) if f.default is not None or f.name == "probs"]
    if any(f.metadata.get("event", 1) for f in needed):
        return None
    rules = {f.name: f.metadata["rule"] for f in needed}
    return family(**{n: next(x for x in (0.5, 1.0, 2.0) if rule.holds(x)) for n, rule in rules.items()})


if __name__ == "__main__":
    print(render(), end="")
