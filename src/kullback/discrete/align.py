"""Two measures on one list of outcomes: by name where there are names, by position where there are none."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from kullback.errors import ShapeError
from kullback.measures import Measure
from kullback.result import Note

__all__ = ["Aligned", "align"]


@dataclass(frozen=True, slots=True)
class Aligned:
    """`p` and `q` over the same `outcomes`, in the same order; `notes` say what the alignment assumed."""

    outcomes: tuple[Hashable, ...]
    p: Measure
    q: Measure
    notes: tuple[Note, ...] = ()


def align(p: Measure, q: Measure, names: tuple[str, str]) -> Aligned:
    """Bring two measures to one list of outcomes: those of `p` first, then those that only `q` names.

    An outcome that a side does not name takes that measure's `absent` value: probability 0, or log
    probability ``-inf``. Without labels on a side, both must have the same length, and position decides.

    Raises
    ------
    ShapeError
        If a side is empty, or the lengths differ and there are no labels to align by.
    """
    for measure, name in ((p, names[0]), (q, names[1])):
        if not len(measure):
            raise ShapeError(f"{name} is empty; a distribution has at least one outcome.")
    if p.labels is None or q.labels is None:
        return _by_position(p, q, names)
    if p.labels == q.labels:
        return Aligned(p.labels, p, q)
    return _by_name(p, p.labels, q, q.labels, names)


def _by_position(p: Measure, q: Measure, names: tuple[str, str]) -> Aligned:
    if len(p) != len(q):
        raise ShapeError(
            f"{names[0]} has {len(p)} outcomes and {names[1]} has {len(q)}; without labels they are matched "
            "by position and must be equally many. Name the outcomes on both sides: {outcome: value}."
        )
    return Aligned(p.labels or q.labels or tuple(range(len(p))), p, q)


def _by_name(
    p: Measure,
    p_labels: tuple[Hashable, ...],
    q: Measure,
    q_labels: tuple[Hashable, ...],
    names: tuple[str, str],
) -> Aligned:
    in_p = set(p_labels)
    only_q = tuple(label for label in q_labels if label not in in_p)
    outcomes = p_labels + only_q
    notes: tuple[Note, ...] = ()
    if len(only_q) == len(q_labels):
        notes = (_nothing_shared(p_labels, q_labels, names),)
    return Aligned(outcomes, _over(p, p_labels, outcomes), _over(q, q_labels, outcomes), notes)


def _over(measure: Measure, labels: tuple[Hashable, ...], outcomes: tuple[Hashable, ...]) -> Measure:
    """Spread a measure over `outcomes`, which contain its labels."""
    position = {outcome: i for i, outcome in enumerate(outcomes)}
    values = np.full(len(outcomes), measure.absent, dtype=_with_absent(measure))
    values[[position[label] for label in labels]] = measure.values
    return type(measure)(values, outcomes)


def _with_absent(measure: Measure) -> np.dtype:
    """The dtype of a measure's values, unless it cannot hold ``-inf``."""
    dtype: np.dtype = measure.values.dtype
    return dtype if np.isfinite(measure.absent) or dtype.kind not in "biu" else np.dtype(float)


def _nothing_shared(
    p_labels: tuple[Hashable, ...], q_labels: tuple[Hashable, ...], names: tuple[str, str]
) -> Note:
    return Note(
        "disjoint-labels",
        f"{names[0]} and {names[1]} share no outcome: {names[0]} has {p_labels[0]!r}, ..., {names[1]} has "
        f"{q_labels[0]!r}, ... If they should, check that their labels are of the same kind.",
    )
