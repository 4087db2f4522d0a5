"""Which method answers for which two kinds of things: one table, read by `kullback.compare`.

The first method of a cell is the default, and never random. A method is ``"module:function"``, loaded when
it is used; it takes the measures `p` and `q`, the names that messages call them by, and, if it is one of
`RANDOM`, the generator to draw with. It returns D(p ‖ q) in nats.
"""

from collections.abc import Callable
from typing import Final

from kullback._lazy import resolve
from kullback.errors import UnknownRouteError
from kullback.measures import Counts, Known, Logits, LogProbs, Measure, Probs
from kullback.result import Divergence

__all__ = ["RANDOM", "ROUTES", "Method", "route"]

Method = str
Kind = type[Measure] | type[Known]
Route = Callable[..., Divergence]

_PROBABILITIES: Final = {"exact": "kullback.discrete.exact:from_probabilities"}
_LOGARITHMS: Final = {"exact": "kullback.discrete.exact:from_logarithms"}
_DENSITIES: Final = {
    "density": "kullback.distributions.answer:from_densities",
    "monte carlo": "kullback.distributions.answer:from_draws",
}
_FREQUENCIES: Final = {"plug-in": "kullback.discrete.exact:from_frequencies"}

ROUTES: Final[dict[tuple[Kind, Kind], dict[Method, str]]] = {
    (Probs, Probs): _PROBABILITIES,
    (Probs, LogProbs): _LOGARITHMS,
    (Probs, Logits): _LOGARITHMS,
    (Probs, Counts): _FREQUENCIES,
    (LogProbs, Probs): _LOGARITHMS,
    (LogProbs, LogProbs): _LOGARITHMS,
    (LogProbs, Logits): _LOGARITHMS,
    (LogProbs, Counts): _LOGARITHMS,
    (Logits, Probs): _LOGARITHMS,
    (Logits, LogProbs): _LOGARITHMS,
    (Logits, Logits): _LOGARITHMS,
    (Logits, Counts): _LOGARITHMS,
    (Counts, Probs): _FREQUENCIES,
    (Counts, LogProbs): _LOGARITHMS,
    (Counts, Logits): _LOGARITHMS,
    (Counts, Counts): _FREQUENCIES,
    (Known, Known): _DENSITIES,
}

#: The methods whose answer depends on random draws.
RANDOM: Final[frozenset[Method]] = frozenset({"monte carlo"})


def route(p: Measure | Known, q: Measure | Known, method: Method | None = None) -> tuple[Method, Route]:
    """Find the method, named or default, that answers for `p` and `q`.

    Raises
    ------
    UnknownRouteError
        If nothing is known for the two kinds, or `method` does not serve them; the message lists what does.
    """
    pair = (type(p), type(q))
    kinds = f"{pair[0].__name__} and {pair[1].__name__}"
    methods = ROUTES.get(pair)
    if methods is None:
        beside = [b.__name__ for a, b in ROUTES if a is pair[0]]
        known = (
            f"{pair[0].__name__} goes with {', '.join(beside)}" if beside else "its kind is not known here"
        )
        raise UnknownRouteError(f"no method compares {kinds}; {known}.")
    chosen = next(iter(methods)) if method is None else method
    if chosen not in methods:
        raise UnknownRouteError(
            f"method={chosen!r} does not compare {kinds}; use {' or '.join(map(repr, methods))}."
        )
    return chosen, resolve(methods[chosen])
