"""The benchmark runs, and its error measure tells right from wrong. No clock decides a test."""

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.accuracy import Accuracy, accuracies
from benchmarks.peers import OURS, Peer, peers
from benchmarks.timing import Case, peak_memory

from benchmarks import run

# Compilers at run time take from seconds to a minute, and JAX needs its 64-bit switch before it is imported;
# the machinery is the same without them.
QUICK = [peer for peer in peers() if not peer.name.endswith(("compiled", "jit", "loop"))]


@pytest.fixture(scope="module")
def found() -> list[Accuracy]:
    return accuracies(QUICK)


def test_a_quick_run_writes_both_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "peers", lambda: QUICK)
    monkeypatch.setattr(run, "QUICK_SHAPES", ((1, 10),))
    monkeypatch.setattr(run, "QUICK_LOGITS_SHAPE", (2, 10))
    assert run.main(["--quick", "--output", str(tmp_path)]) == 0
    data = json.loads((tmp_path / "results.json").read_text())
    text = (tmp_path / "results.md").read_text()
    assert {(case["question"], case["dtype"]) for case in data["speed"]} == {
        (question, dtype) for question in ("probabilities", "logits") for dtype in ("float64", "float32")
    }
    for case in data["speed"]:
        [ours] = [m for m in case["measurements"] if m["peer"] == OURS]
        assert ours["ratio"] == 1
        assert all(m["seconds"] > 0 for m in case["measurements"])
    for peer in QUICK:
        assert f"| {peer.name} |" in text
    assert data["quick"]
    assert "quick run" in text


def test_our_errors_are_within_the_stated_bounds(found: list[Accuracy]) -> None:
    for a in found:
        if a.peer.startswith(OURS):
            assert a.error <= (5 if a.question == "probabilities" else 7), a
            assert not a.negative


def test_an_answer_without_correct_digits_is_seen_as_one(found: list[Accuracy]) -> None:
    [a] = [
        a
        for a in found
        if (a.peer, a.question, a.dtype, a.gap) == ("NumPy sum(p·log(p/q))", "probabilities", "float64", 1e-9)
    ]
    assert a.error > 1e12


def test_a_wrong_peer_is_caught() -> None:
    wrong = Peer("off by 1e-12", lambda p, q: lambda: _reference(p, q) * (1 + 1e-12))
    errors = [a.error for a in accuracies([wrong]) if (a.dtype, a.gap) == ("float64", 1.0)]
    assert errors
    assert min(errors) == pytest.approx(1e-12 / 2**-53, rel=0.05)


def _reference(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return np.sum(p * np.log(p / q), axis=-1)


def test_inputs_are_probabilities() -> None:
    p, q = Case("probabilities", 3, 1000, "float32").inputs()
    assert p.dtype == q.dtype == np.float32
    np.testing.assert_allclose([p.sum(-1), q.sum(-1)], 1, rtol=1e-5)
    assert not np.array_equal(p, q)


def test_memory_is_what_a_call_allocates() -> None:
    needed = peak_memory(lambda: np.ones(20_000_000))
    if needed is not None:
        assert needed == pytest.approx(160e6, rel=0.05)
