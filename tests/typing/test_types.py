"""Public names have precise types for users, through the lazy door too."""

import subprocess
import sys
from pathlib import Path

import pytest

import kullback

HERE = Path(__file__).parent


def run_mypy(program: Path, cache: Path) -> str:
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        HERE / "mypy.ini",
        "--cache-dir",
        cache,
        program,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def test_a_user_program_has_precise_types(cache: Path) -> None:
    assert run_mypy(HERE / "user_program.py", cache).startswith("Success")


def test_a_wrong_expectation_is_found(cache: Path, tmp_path: Path) -> None:
    program = tmp_path / "wrong.py"
    program.write_text(
        "from typing import assert_type\nimport kullback\nassert_type(kullback.compare, int)\n"
    )
    assert "assert-type" in run_mypy(program, cache)


def test_type_checkers_know_every_public_name(cache: Path, tmp_path: Path) -> None:
    names = kullback.__all__
    program = tmp_path / "names.py"
    program.write_text("import kullback\n" + "".join(f"reveal_type(kullback.{name})\n" for name in names))
    lines = [line for line in run_mypy(program, cache).splitlines() if "Revealed type is" in line]
    assert len(lines) == len(names)
    assert [line for line in lines if line.endswith('"Any"')] == []
