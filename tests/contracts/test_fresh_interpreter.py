"""What a new process pays for the package, measured in a new process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "array_api_compat",
    "click",
    "constriction",
    "jax",
    "matplotlib",
    "numba",
    "pandas",
    "polars",
    "pyarrow",
    "rich",
    "scipy",
    "torch",
}

_PROGRAM = """
import sys, time, json
import numpy
known = set(sys.modules)
start = time.perf_counter()
{statement}
seconds = time.perf_counter() - start
print(json.dumps([seconds, sorted({{name.partition(".")[0] for name in set(sys.modules) - known}})]))
"""


def run_fresh(statement: str, folder: Path | None = None) -> tuple[float, set[str]]:
    """Seconds that `statement` takes after NumPy is imported, and the top-level modules that it loads."""
    command = [sys.executable, "-c", _PROGRAM.format(statement=statement)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    seconds, modules = json.loads(done.stdout)
    return seconds, set(modules)


def best_import_time(package: str, folder: Path | None = None, runs: int = 5) -> float:
    """The least of several runs: what the import costs when nothing else has the processor."""
    return min(run_fresh(f"import {package}", folder)[0] for _ in range(runs))


def test_importing_the_package_loads_no_heavy_library() -> None:
    assert run_fresh("import kullback")[1] & HEAVY == set()


def test_importing_the_package_takes_less_than_a_tenth_of_a_second() -> None:
    assert best_import_time("kullback") < 0.1


@pytest.mark.parametrize(
    "statement",
    [
        "import kullback; kullback.kl_divergence([0.5, 0.5], [0.25, 0.75])",
        "import kullback; str(kullback.compare([0.5, 0.5], [0.25, 0.75]))",
    ],
)
def test_an_answer_about_numpy_arrays_needs_numpy_alone(statement: str) -> None:
    assert run_fresh(statement)[1] & (HEAVY - {"array_api_compat"}) == set()


def test_a_heavy_import_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "leaden.py").write_text("import matplotlib\n")
    assert "matplotlib" in run_fresh("import leaden", tmp_path)[1] & HEAVY


def test_a_slow_import_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "leaden.py").write_text("import time\ntime.sleep(0.11)\n")
    assert best_import_time("leaden", tmp_path, runs=2) > 0.1
