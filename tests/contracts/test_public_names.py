"""Every public name can be had, says what it is, and is found in the documentation."""

import inspect
import re
from pathlib import Path

import pytest

import kullback

PAGES = [p.read_text(encoding="utf-8") for p in (Path(__file__).parents[2] / "docs").rglob("*.md")]
NAMES = [name for name in kullback.__all__ if not name.startswith("__")]


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_there_and_says_what_it_is(name: str) -> None:
    thing = getattr(kullback, name)
    first_line, _, rest = (inspect.getdoc(thing) or "").partition("\n")
    assert first_line.endswith("."), f"{name} opens with {first_line!r}"
    assert not rest or rest.startswith("\n"), "the summary is one line, then an empty one"
    assert name in dir(kullback)


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_documented(name: str) -> None:
    assert any(re.search(rf"\b{name}\b", page) for page in PAGES), f"no page under docs/ speaks of {name}"


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'kl_divergance'"):
        kullback.__getattr__("kl_divergance")
