"""The README shows the figures of the last benchmark, and the commands that continuous integration runs."""

import json
import subprocess
from pathlib import Path

import pytest
from benchmarks.run import CLOSING, OPENING, update_summary
from benchmarks.tables import render, summary

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))


def test_the_table_is_that_of_the_last_benchmark() -> None:
    assert not RESULTS["quick"]
    assert f"{OPENING}\n{summary(RESULTS)}\n{CLOSING}" in README
    assert render(RESULTS) == (ROOT / "benchmarks" / "results.md").read_text(encoding="utf-8")


def test_the_table_is_replaced_where_it_stands(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n{OPENING}\nold\n{CLOSING}\nafter\n")
    update_summary(page, RESULTS)
    assert page.read_text() == f"before\n{OPENING}\n{summary(RESULTS)}\n{CLOSING}\nafter\n"
    page.write_text("no marks")
    with pytest.raises(ValueError, match="lacks the marks"):
        update_summary(page, RESULTS)


@pytest.mark.parametrize(("which", "does"), [(1, "examples/two_languages.py"), (2, "-m pytest")])
def test_continuous_integration_finds_the_commands(which: int, does: str) -> None:
    script = (ROOT / ".ci" / "run").read_text()
    [definition] = [line for line in script.splitlines() if line.startswith("readme_command()")]
    found = subprocess.run(
        ["bash", "-c", f"{definition}\nreadme_command {which}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert found.count("\n") == 1
    assert does in found
    assert found in README
