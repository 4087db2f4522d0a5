"""The texts are what their page says, and what their converter makes of the source."""

import runpy
import unicodedata
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "examples" / "data"
TABLE = [
    [cell.strip(" `") for cell in line.strip("|").split("|")]
    for line in (DATA / "README.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| `udhr_")
]


def test_every_text_is_described() -> None:
    assert [row[0] for row in TABLE] == sorted(
        file.name for file in DATA.glob("*.txt") if "udhr_" in file.name
    )


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_a_text_is_as_described(row: list[str]) -> None:
    text = (DATA / row[0]).read_bytes().decode("utf-8")
    letters = [c.lower() for c in text if c.isalpha()]
    assert (len(letters), len(set(letters))) == (int(row[3].replace(" ", "")), int(row[4]))
    assert unicodedata.is_normalized("NFC", text)
    assert text.endswith(".\n")
    assert text.count("\n") in (91, 92)  # a title, a preamble, 30 headings, 59 or 60 paragraphs
    assert "\r" not in text
    assert not set(text) & set("<>&\t")


def test_the_converter_keeps_the_sentences_and_nothing_else() -> None:
    plain_text = runpy.run_path(str(DATA / "make_udhr.py"))["plain_text"]
    html = (
        "<head><title>Title</title></head><body>\n <h1>Rights</h1><article data-number='1'>"
        "<h2>Article 1</h2>\n<ol>\n<li><p>Free &amp;\n   <i>equal</i></p></li><li><p></p></li></ol>"
        " stray</article></body>"
    )
    assert plain_text(html) == "Rights\nArticle 1\nFree & equal\n"
