"""The results as Markdown tables."""

from collections.abc import Iterable
from typing import Any

from benchmarks.peers import OURS
from benchmarks.timing import LARGE


def render(results: dict[str, Any]) -> str:
    """Everything that was measured, for a reader."""
    machine, versions = results["machine"], results["versions"]
    kind = "A quick run: the figures only show that it runs." if results["quick"] else ""
    parts = [
        "# Benchmark results",
        f"Written by `python -m benchmarks{' --quick' if results['quick'] else ''}` on {results['date']}: "
        f"{machine['processor']}, {machine['architecture']}, {machine['system']}, "
        f"Python {machine['python']}, {machine['core']} core, one thread. "
        + ", ".join(f"{name} {number}" for name, number in versions.items())
        + f". {kind}".rstrip(),
        "Each round times every peer once, so that what disturbs one disturbs all; medians over rounds. "
        f"In brackets: how many times as long as `{OURS}`, the median over rounds. "
        f"`{OURS}` and `{OURS}, torch tensors` validate their input, the others do not.",
    ]
    for question, title in (("probabilities", "Probabilities"), ("logits", "Logits")):
        for dtype in ("float64", "float32"):
            cases = [c for c in results["speed"] if (c["question"], c["dtype"]) == (question, dtype)]
            parts += [f"## {title}, {dtype}: ns per element", _speed(cases)]
    parts += [
        "## Memory: MB beyond the input",
        "From 1e6 elements on.",
        _memory([c for c in results["speed"] if c["rows"] * c["n"] >= LARGE]),
        "## One pair of ten probabilities: µs per call",
        _table(
            ["", "µs", "× kullback"],
            ([m["peer"], f"{m['seconds'] * 1e6:.2f}", f"{m['ratio']:.2g}"] for m in results["overhead"]),
        ),
        "## Import",
        _table(
            ["In a new process", "ms"],
            (
                [label, f"{results['import_seconds'][key] * 1e3:.1f}"]
                for label, key in (
                    ("`import numpy`", "numpy"),
                    ("`import kullback` after it", "kullback"),
                    ("first use of `kullback.kl_divergence` after that", "array functions"),
                )
            ),
        ),
        "## Accuracy: largest relative error, in u = eps/2",
        "Against mpmath with 60 digits, for the divergence of the normalised vectors, as Q draws near P. "
        "1/u is 9e15 in float64 and 1.7e7 in float32: an error of that size leaves no correct digit. "
        "− marks answers below zero.",
    ]
    for question, dtype in ((q, d) for d in ("float64", "float32") for q in ("probabilities", "logits")):
        rows = [a for a in results["accuracy"] if (a["question"], a["dtype"]) == (question, dtype)]
        parts += [f"### From {question}, {dtype}", _accuracy(rows)]
    return "\n\n".join(parts) + "\n"


def summary(results: dict[str, Any]) -> str:
    """A few columns for the README: float64, from probabilities."""
    cases = {
        (case["rows"], case["n"]): {m["peer"]: m["seconds"] for m in case["measurements"]}
        for case in results["speed"]
        if (case["question"], case["dtype"]) == ("probabilities", "float64")
    }
    shapes = list(cases)[-2:]
    calls = {m["peer"]: m["seconds"] for m in results["overhead"]}
    errors = {
        (a["peer"], a["gap"]): _short(a["error"])
        for a in results["accuracy"]
        if (a["question"], a["dtype"]) == ("probabilities", "float64")
    }
    header = [
        "float64, one thread",
        "one call, 10 outcomes",
        *(f"{rows:,} × {n:,}" for rows, n in shapes),
        "error, P far from Q",
        "error at a gap of 1e-6",
    ]
    rows = (
        [
            peer,
            f"{calls[peer] * 1e6:.2f} µs" if peer in calls else "",
            *(f"{_short(cases[shape][peer] * 1e9 / (shape[0] * shape[1]))} ns" for shape in shapes),
            f"{errors[peer, 1.0]} u",
            f"{errors[peer, 1e-6]} u",
        ]
        for peer in cases[shapes[0]]
    )
    return _table(header, rows)


def _speed(cases: list[dict[str, Any]]) -> str:
    cells = {
        (m["peer"], i): f"{_short(m['seconds'] * 1e9 / (case['rows'] * case['n']))} ({_times(m)})"
        for i, case in enumerate(cases)
        for m in case["measurements"]
    }
    return _grid([f"({c['rows']}, {c['n']})" for c in cases], cells)


def _memory(cases: list[dict[str, Any]]) -> str:
    cells = {
        (m["peer"], i): "?" if m["peak_memory"] is None else f"{m['peak_memory'] / 1e6:.0f}"
        for i, case in enumerate(cases)
        for m in case["measurements"]
    }
    return _grid([f"{c['question']} {c['dtype']} ({c['rows']}, {c['n']})" for c in cases], cells)


def _accuracy(rows: list[dict[str, Any]]) -> str:
    gaps = list(dict.fromkeys(row["gap"] for row in rows))
    cells = {
        (row["peer"], gaps.index(row["gap"])): _short(row["error"]) + (" −" if row["negative"] else "")
        for row in rows
    }
    return _grid([f"gap {gap:g}" for gap in gaps], cells)


def _grid(columns: list[str], cells: dict[tuple[str, int], str]) -> str:
    names = dict.fromkeys(name for name, _ in cells)
    return _table(
        ["", *columns], ([name, *(cells.get((name, i), "") for i in range(len(columns)))] for name in names)
    )


def _table(header: list[str], rows: Iterable[list[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _times(measurement: dict[str, Any]) -> str:
    return "1" if measurement["peer"] == OURS else _short(measurement["ratio"])


def _short(x: float) -> str:
    if x >= 1e5:
        return f"{x:.0e}"
    return f"{x:.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2g}"
