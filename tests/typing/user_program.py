"""A program as a user writes it: mypy reads it in strict mode, and nothing runs it.

Each ``assert_type`` holds a public name to a precise type; each ``type: ignore`` holds that a mistake is
seen, since an ignore that is not needed is an error too.
"""

from collections.abc import Callable
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import kullback
from kullback import Counts, Divergence, Logits, LogProbs, Probs, compare
from kullback.coding import CodingCost, Encoded, coding_cost, decode, encode
from kullback.result import Bounded, Estimated, Exact, Terms

d = compare({"a": 0.5, "b": 0.5}, Counts.of("abba").smoothed(0.5), unit="bits", direction="both")
assert_type(d, Divergence)
assert_type(kullback.compare([1.0], [1.0]), Divergence)
assert_type(d.bits, float)
assert_type(d.to("nats"), Divergence)
assert_type(d.error, Exact | Bounded | Estimated)
assert_type(d.terms, Terms | None)
assert_type(d.reverse, Divergence | None)
assert_type(d.explain("latex"), str)
assert_type(d.to_json(), str)
assert_type(Divergence.from_json(""), Divergence)
assert_type(float(d), float)

assert_type(Counts.of("abba"), Counts)
assert_type(Counts({"a": 1}).smoothed(), Probs)
assert_type(Logits([0.0]).values, NDArray[Any])
assert_type(LogProbs([0.0]), LogProbs)

assert_type(coding_cost("abba", q={"a": 0.5, "b": 0.5}), CodingCost)
assert_type(encode("abba", {"a": 0.5, "b": 0.5}), Encoded)
text = decode(encode("abba", {"a": 0.5, "b": 0.5}), {"a": 0.5, "b": 0.5})
if isinstance(text, str):
    assert_type(text, str)

p = np.array([0.5, 0.5])
kullback.kl_divergence(p, p, axis=None, keepdims=True, unit="bits", normalize=True, validate=False)
measure: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]] = kullback.js_divergence

compare([1.0], [1.0], unit="furlongs")  # type: ignore[arg-type]  # not a unit
compare([1.0], [1.0], direction="sideways")  # type: ignore[arg-type]  # not a direction
compare([1.0], [1.0], "bits")  # type: ignore[call-arg]  # options are keywords
kullback.kl_divergence(p, p, unit="furlongs")  # type: ignore[arg-type]  # not a unit
kullback.kl_divergence(p, p, axes=0)  # type: ignore[call-arg]  # no such option
kullback.kl_divergance(p, p)  # type: ignore[attr-defined]  # no such name
d.value = 1.0  # type: ignore[misc]  # a result is frozen
d.explain("word")  # type: ignore[arg-type]  # not a format
