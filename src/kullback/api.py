"""The verb: `compare` says how far apart two things are, whatever they are held as."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from kullback._lazy import resolve
from kullback.errors import (
    InvalidInputError,
    InvalidTypeError,
    NormalizationError,
    ValueRangeError,
)
from kullback.measures import Known, Measure, Probs
from kullback.result import Divergence
from kullback.routes import RANDOM, route
from kullback.units import Unit, per_nat

__all__ = ["Direction", "compare"]

Direction = Literal["forward", "reverse", "both"]

_MEASURES = "Logits(x), LogProbs(x) or Counts(x)"


def compare(
    p: object,
    q: object,
    *,
    unit: Unit = "nats",
    direction: Direction = "forward",
    method: str | None = None,
    rng: np.random.Generator | int | None = None,
    names: tuple[str, str] = ("P", "Q"),
) -> Divergence:
    """D(p ‖ q) = Σ p log(p/q), between any two things, with its error and its explanation.

    Parameters
    ----------
    p, q
        What to compare. `Probs`, `LogProbs`, `Logits` and `Counts` say what their numbers mean. A plain
        array, sequence, Series or mapping ``{outcome: probability}`` is taken as probabilities, and must be
        non-negative and sum to one. Labelled outcomes are aligned by name: one that a side does not name has
        probability 0 there. Or both are distributions with a known density, of `kullback.distributions`,
        scipy.stats, torch.distributions and others.
    unit
        ``"nats"``, ``"bits"`` or ``"bans"``.
    direction
        ``"forward"`` for D(p ‖ q), ``"reverse"`` for D(q ‖ p), ``"both"`` for the first with the second as
        its ``reverse``.
    method
        The name of a method; ``None`` takes the exact one, or for densities without a closed form a
        deterministic one with a bound. Nothing random happens unasked.
    rng
        For random methods, which need it: a generator, or a seed. The same seed gives the same answer.
    names
        What to call `p` and `q` in explanations, messages and plots.

    Returns
    -------
    Divergence
        Value, unit, method, error, terms and diagnostics; ``float()`` of it is the value.

    Raises
    ------
    InvalidInputError
        If an input breaks a rule of what it is taken as; the message gives the value, the rule, the way out.
    InvalidTypeError
        If an input is of no known kind, or no method serves the two kinds.

    Examples
    --------
    >>> from kullback import compare
    >>> d = compare([0.5, 0.3, 0.2], [0.4, 0.4, 0.2], unit="bits")
    >>> print(d)
    D(P ‖ Q) = 0.036453 bits (exact)
    """
    per_nat(unit)
    if direction not in get_args(Direction):
        raise InvalidInputError(
            f"direction={direction!r} is none of 'forward' (D(p ‖ q)), 'reverse' (D(q ‖ p)) and 'both'."
        )
    if direction == "reverse":
        p, q, names = q, p, (names[1], names[0])
    first, second = _as_measure(p, names[0]), _as_measure(q, names[1])
    answer = _answer(first, second, method, names, rng)
    if direction == "both":
        answer = replace(answer, reverse=_answer(second, first, method, (names[1], names[0]), rng))
    return answer.to(unit)


def _answer(
    p: Measure | Known,
    q: Measure | Known,
    method: str | None,
    names: tuple[str, str],
    rng: np.random.Generator | int | None,
) -> Divergence:
    chosen, solve = route(p, q, method)
    if chosen not in RANDOM:
        if rng is not None:
            raise InvalidInputError(
                f"method={chosen!r} draws nothing, so it takes no rng; leave rng={rng!r} out."
            )
        return solve(p, q, names)
    if rng is None:
        raise InvalidInputError(
            f"method={chosen!r} is random and needs a seed or a generator, such as rng=0."
        )
    return solve(p, q, names, np.random.default_rng(rng))


def _as_measure(x: object, name: str) -> Measure | Known:
    """Take a measure or a distribution as it is, and anything else as the probabilities it claims to be."""
    if isinstance(x, Measure):
        if type(x) is Measure:
            raise InvalidTypeError(f"{name} is a bare Measure; say what it means: Probs(x), {_MEASURES}.")
        return x
    if isinstance(x, (str, bytes, bytearray)):
        raise InvalidTypeError(
            f"{name} is a text, not an array of probabilities; to compare how often its symbols occur, "
            "use Counts.of(text)."
        )
    if isinstance(x, Divergence):
        raise InvalidTypeError(f"{name} is already a Divergence; compare() takes what it was computed from.")
    if isinstance(x, (set, frozenset)):
        raise InvalidTypeError(f"{name} is a set, whose order is arbitrary; pass {{outcome: probability}}.")
    if not (isinstance(x, Mapping) or hasattr(x, "__array__") or hasattr(x, "__len__")):
        if resolve("kullback.distributions.answer:is_distribution")(x):
            return Known(x)
        raise InvalidTypeError(
            f"{name} is a {type(x).__name__}; compare() takes arrays, sequences, Series, mappings "
            f"{{outcome: probability}}, measures (Probs(x), {_MEASURES}), and distributions, "
            "such as those of kullback.distributions, scipy.stats or torch.distributions."
        )
    probs = Probs(x)
    _check_claim(probs.values, name)
    return probs


def _check_claim(values: NDArray[Any], name: str) -> None:
    """Refuse plain numbers that are clearly no probabilities, asking what they are.

    The fine checks (dtype, tolerance of the sum) come with the question; this one has the better advice.
    """
    if values.dtype.kind not in "biuf" or not values.size:
        return
    total = float(np.sum(values, dtype=float))
    if values.min() < 0:
        at = int(values.argmin())
        raise ValueRangeError(
            f"{name}[{at}] = {values[at]!s} is negative, so {name} holds no probabilities. "
            f"Say what the numbers are: {_MEASURES}."
        )
    if np.isfinite(total) and abs(total - 1) > 0.01:
        raise NormalizationError(
            f"{name} sums to {total:.6g}, not 1, so it holds no probabilities. "
            f"Say what the numbers are: {_MEASURES}."
        )
