"""Every import keeps to the table of rooms, and the reader of imports can tell when one does not."""

from pathlib import Path

import pytest
from import_contract import PACKAGE, ROOMS, to_markdown, violations

ROOT = Path(__file__).parents[2]


def fake_tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in {"__init__.py": "", **files}.items():
        file = folder / PACKAGE / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def test_every_import_keeps_to_the_table() -> None:
    assert violations(ROOT / "src") == []


def test_the_table_has_every_room_and_no_other_than_those_to_come() -> None:
    package = ROOT / "src" / PACKAGE
    present = {p.stem for p in package.glob("*.py") if p.stem != "__init__"} | {"door"}
    present |= {p.name for p in package.iterdir() if (p / "__init__.py").exists()}
    assert {name for name, room in ROOMS.items() if room.exists} <= present <= set(ROOMS)


def test_the_table_is_the_one_in_the_architecture() -> None:
    table = to_markdown()
    assert table in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), f"ARCHITECTURE.md needs\n{table}"


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        pytest.param("errors.py", "import numpy", "errors imports numpy", id="library at the top"),
        pytest.param(
            "kernels/portable.py", "def f():\n    import scipy.special", "imports scipy", id="in a function"
        ),
        pytest.param(
            "kernels/portable.py", "import torch", "not a library of kernels.portable", id="outside its leaf"
        ),
        pytest.param(
            "measures.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas",
            "imports pandas",
            id="for type checkers",
        ),
        pytest.param(
            "measures.py",
            "from importlib import import_module\nimport_module('torch')",
            "imports torch",
            id="by import_module",
        ),
        pytest.param("measures.py", "__import__('torch')", "imports torch", id="by __import__"),
        pytest.param(
            "measures.py",
            "from kullback._lazy import resolve\nresolve('kullback.report.steps:explain')",
            "may not use the room 'report'",
            id="by resolve",
        ),
        pytest.param(
            "report/steps.py",
            "ROUTES = {1: 'kullback.kernels.portable:kl_terms'}",
            "may not use the room 'kernels'",
            id="by a string in a table",
        ),
        pytest.param(
            "routes.py", "import kullback.discrete.exact", "may not use the room 'discrete'", id="not lazily"
        ),
        pytest.param(
            "kernels/portable.py", "from ..measures import Probs\nfrom .. import cli", "'cli'", id="relative"
        ),
        pytest.param(
            "coding/ideal.py",
            "import kullback.cli.main",
            "may not use the room 'cli'",
            id="nothing imports cli",
        ),
        pytest.param(
            "discrete/exact.py",
            "from kullback import kl_divergence",
            "may not use the room 'door'",
            id="through the door",
        ),
        pytest.param("attic.py", "", "'attic' is not in the table", id="unknown room"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, file: str, text: str, complaint: str) -> None:
    [line] = violations(fake_tree(tmp_path, {file: text}))
    assert complaint in line


def test_what_the_table_allows_is_let_through(tmp_path: Path) -> None:
    files = {
        "kernels/torch.py": "import torch\nfrom kullback.kernels import portable\nimport math",
        "kernels/portable.py": "from typing import Any\nfrom kullback.errors import ShapeError",
        "discrete/exact.py": "import numpy as np\nfrom kullback.kernels.numpy import kl_terms",
        "cli/main.py": "import click\nfrom kullback import __version__\nfrom kullback.report import steps",
        "result.py": "from kullback._lazy import resolve\nresolve('kullback.report.steps:explain')",
    }
    assert violations(fake_tree(tmp_path, files)) == []
