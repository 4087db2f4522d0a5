"""The whole run: speed, memory, call overhead, import time and accuracy, in one process on one thread."""

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.accuracy import accuracies
from benchmarks.peers import Peer, peers
from benchmarks.tables import render, summary
from benchmarks.timing import Case, Measurement, measure

HERE = Path(__file__).parent
OPENING, CLOSING = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"

SHAPES = ((1, 10), (1000, 10), (100_000, 10), (1, 10_000_000), (1024, 32_000))
LOGITS_SHAPE = (256, 32_000)
QUICK_SHAPES = ((1, 10), (100, 10), (1, 10_000))
QUICK_LOGITS_SHAPE = (4, 1000)
DTYPES = ("float64", "float32")
LIBRARIES = ("kullback", "numpy", "scipy", "torch", "jax", "numba", "mpmath")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small shapes and few rounds: seconds, not minutes"
    )
    parser.add_argument(
        "--output",
        type=Path,
        help="folder for results.md and results.json; by default a full run rewrites those of this folder "
        "and the summary in README.md, and a quick one only prints",
    )
    options = parser.parse_args(arguments)

    results = run(quick=options.quick)
    print(render(results))
    if options.output is not None:
        write(results, options.output)
    elif not options.quick:
        write(results, HERE)
        update_summary(HERE.parent / "README.md", results)
    return 0


def write(results: dict[str, Any], folder: Path) -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.md").write_text(render(results), encoding="utf-8")
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def update_summary(page: Path, results: dict[str, Any]) -> None:
    """Replace what stands between the page's two marks."""
    before, opening, rest = page.read_text(encoding="utf-8").partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    if not (opening and closing):
        raise ValueError(f"{page} lacks the marks {OPENING} and {CLOSING}; add them where the table belongs.")
    page.write_text(f"{before}{opening}\n{summary(results)}\n{closing}{after}", encoding="utf-8")


def run(*, quick: bool) -> dict[str, Any]:
    """All measurements as plain data."""
    contestants = list(peers())
    shapes = QUICK_SHAPES if quick else SHAPES
    cases = [Case("probabilities", *shape, dtype) for dtype in DTYPES for shape in shapes]
    cases += [Case("logits", *(QUICK_LOGITS_SHAPE if quick else LOGITS_SHAPE), dtype) for dtype in DTYPES]
    speed = []
    for case in cases:
        print(f"{case.question} {case.dtype} ({case.rows}, {case.n})", file=sys.stderr, flush=True)
        rows = measure(case, contestants, *((0.05, (3, 5)) if quick else (10.0, (3, 101))))
        speed.append({**asdict(case), "measurements": [asdict(row) for row in rows]})
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "quick": quick,
        "machine": machine(),
        "versions": versions(),
        "speed": speed,
        "overhead": [asdict(row) for row in call_overhead(contestants, quick=quick)],
        "import_seconds": import_seconds(3 if quick else 9),
        "accuracy": [asdict(row) for row in accuracies(contestants)],
    }


def call_overhead(contestants: list[Peer], *, quick: bool) -> list[Measurement]:
    """One pair of vectors of ten elements, with ``np.add`` of them as the yardstick."""

    yardstick = Peer("np.add", partial(partial, np.add))
    one_row = [
        Peer(peer.name, lambda p, q, peer=peer: peer.probabilities(p[0], q[0]))  # type: ignore[misc]  # mypy does not infer a lambda's defaults
        for peer in contestants
        if peer.name != "numba loop"  # which takes rows
    ]
    case = Case("probabilities", 1, 10, "float64")
    return measure(case, [*one_row, yardstick], 0.05 if quick else 5.0, (3, 5) if quick else (15, 101))


def import_seconds(runs: int) -> dict[str, float]:
    """Median seconds to import NumPy in a new process, and this package after it."""
    program = (
        "from time import perf_counter as now; a = now(); import numpy; b = now(); import kullback; "
        "c = now(); kullback.kl_divergence; print(b - a, c - b, now() - c)"
    )
    taken = [
        [float(x) for x in subprocess.check_output([sys.executable, "-c", program], text=True).split()]
        for _ in range(runs)
    ]
    columns = (median(column) for column in zip(*taken, strict=True))
    return dict(zip(("numpy", "kullback", "array functions"), columns, strict=True))


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    try:
        cpu = next(
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        )
    except (OSError, StopIteration):
        cpu = platform.processor()
    return {
        "processor": cpu,
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "core": "compiled" if _compiled() else "portable",
    }


def _compiled() -> bool:
    from kullback.kernels import native

    return native.available


def versions() -> dict[str, str]:
    """Versions of what was measured."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
