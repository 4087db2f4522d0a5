"""What the README, the pages and the docstrings show is what happens: Python sessions and shell commands."""

import os
import subprocess
import sys
from collections.abc import Iterator
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.example import SybilFailure
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = [file for file in sorted((ROOT / "src").rglob("*.py")) if ">>>" in file.read_text(encoding="utf-8")]


def run_console(example: Example) -> str | None:
    """Run each line that starts with ``$`` and compare what it prints with the lines below it."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
    }
    for command, expected in _commands(example.parsed):
        done = subprocess.run(
            ["bash", "-c", command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        got = "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())
        if not OutputChecker().check_output(expected, got, ELLIPSIS):
            return f"$ {command}\nshould print\n{expected}\nand printed\n{got}"
    return None


def _commands(block: str) -> Iterator[tuple[str, str]]:
    for part in f"\n{block}".split("\n$ ")[1:]:
        command, _, expected = part.partition("\n")
        yield command, "".join(f"{line.rstrip()}\n" for line in expected.splitlines())


MARKDOWN = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=ELLIPSIS),
        CodeBlockParser(language="console", evaluator=run_console),
    ]
)
DOCSTRINGS = Sybil(
    parsers=[DocTestParser(optionflags=ELLIPSIS)], document_types={".py": PythonDocStringDocument}
)


def check(document_kind: Sybil, file: Path) -> int:
    examples = 0
    for example in document_kind.parse(file).examples():
        example.evaluate()
        examples += 1
    return examples


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_what_happens(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    check(MARKDOWN, page)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT / "src")))
def test_a_docstring_shows_what_happens(module: Path) -> None:
    assert check(DOCSTRINGS, module)


@pytest.mark.parametrize(
    "block",
    [
        "```python\n>>> 1 + 1\n3\n```\n",
        "```python\nassert 1 + 1 == 3\n```\n",
        "```console\n$ echo 2\n3\n```\n",
        "```console\n$ echo 3\n3\n$ echo 2\n3\n```\n",
    ],
)
def test_a_wrong_example_is_found(block: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{block}")
    with pytest.raises((SybilFailure, AssertionError)):
        check(MARKDOWN, page)


def test_a_right_example_passes_and_is_counted(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n\n```python\n>>> 1 + 1\n2\n```\n\n```console\n$ echo 3; echo 4\n3\n...\n```\n")
    assert check(MARKDOWN, page) == 2
