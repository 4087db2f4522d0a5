"""The main example runs as a person runs it, and its numbers are those of an independent computation."""

import math
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import constriction
import mpmath
import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
ROW = r"^  {} +([\d.]+) +([\d.]+) +([\d.]+)   (\d+) → (\d+)$"


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "utf8", str(EXAMPLES / "two_languages.py"), *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def letters(language: str) -> list[str]:
    text = (EXAMPLES / "data" / f"udhr_{language}.txt").read_text(encoding="utf-8")
    return [c.lower() for c in text if unicodedata.category(c).startswith("L")]


def bits_per_letter(text: list[str], weights: dict[str, float]) -> mpmath.mpf:
    total = mpmath.fsum(weights.values())
    return -mpmath.fsum(mpmath.log(weights[c] / total, 2) * n for c, n in Counter(text).items()) / len(text)


def smoothed(text: list[str], other: list[str]) -> dict[str, float]:
    counts = Counter(text)
    return {c: counts[c] + 0.5 for c in {*text, *other}}


def huffman_bytes(text: list[str], weights: dict[str, float]) -> int:
    """With the library's trees: which of the equally good ones it takes can matter to another text."""
    order = sorted(weights)
    tree = constriction.symbol.huffman.EncoderHuffmanTree(np.array([weights[c] for c in order], dtype=float))
    coder = constriction.symbol.QueueEncoder()
    for c in text:
        coder.encode_symbol(order.index(c), tree)
    return math.ceil(coder.get_compressed()[1] / 8)


def check_stored(block: str, text: list[str], weights: dict[str, float]) -> None:
    own, other = bits_per_letter(text, Counter(text)), bits_per_letter(text, weights)
    rows = {
        kind: re.search(ROW.format(re.escape(kind)), block, re.MULTILINE).groups()
        for kind in ("ideal code, −log₂ q(x)", "Huffman, whole bits", "range coder")
    }
    ideal, huffman, real = ([float(x) for x in row] for row in rows.values())
    n = len(text)
    assert ideal[:3] == pytest.approx([float(own), float(other), float(other - own)], abs=5.1e-5)
    assert ideal[3:] == [math.ceil(own * n / 8), math.ceil(other * n / 8)]
    assert re.search(r"D, for comparison +([\d.]+)", block)[1] == f"{float(other - own):.4f}"
    assert huffman[3] == huffman_bytes(text, Counter(text))
    assert huffman[0] == pytest.approx(8 * huffman[3] / n, abs=5.1e-5)
    for bits, size, best in ((real[0], real[3], own), (real[1], real[4], other)):
        assert bits == pytest.approx(8 * size / n, abs=5.1e-5)
        assert best * n / 8 <= size <= best * n / 8 + 8 + 0.001 * n / 8
    assert abs(real[2] - (other - own)) < 0.01


def test_finnish_and_german(tmp_path: Path) -> None:
    finnish, german = letters("finnish"), letters("german")
    output = run(tmp_path)
    divergence = bits_per_letter(finnish, Counter(german)) - bits_per_letter(finnish, Counter(finnish))
    assert f"D(Finnish ‖ German) = {float(divergence):.6f} bits" in output
    assert "D(German ‖ Finnish) = ∞ (Finnish rules out" in output
    there, back = output.split("German (10025 letters) stored with the code of Finnish:")
    assert "has no" not in there
    assert "Finnish has no b, c, f, w, x, z, ß, ü: its code has no word for that, and D = ∞." in back
    check_stored(there, finnish, Counter(german))
    check_stored(back, german, smoothed(finnish, german))
    picture = (tmp_path / "finnish_german.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000


def test_worked_terms_of_the_letters_that_matter_most(tmp_path: Path) -> None:
    p, q = Counter(letters("finnish")), Counter(letters("german"))
    terms = {c: p[c] / p.total() * math.log2(p[c] * q.total() / (p.total() * q[c])) for c in p}
    largest = sorted(terms, key=lambda c: -abs(terms[c]))[:8]
    output = run(tmp_path, "--plot", "x.svg").replace("−", "-")
    shown = dict(re.findall(r"^  (\w) +[\d.]+ · log₂.* = +(-?[\d.]+)$", output, re.MULTILINE))
    assert list(shown) == largest
    assert {c: float(x) for c, x in shown.items()} == pytest.approx(
        {c: terms[c] for c in largest}, abs=5.1e-5
    )
    assert (tmp_path / "x.svg").exists()


def test_english_and_german_are_infinitely_far_apart_both_ways(tmp_path: Path) -> None:
    english, german = letters("english"), letters("german")
    output = run(tmp_path, "english", "german")
    assert "D(English ‖ German) = ∞ (German rules out q, which English allows)" in output
    assert "D(German ‖ English) = ∞" in output
    there, back = output.split("German (10025 letters) stored with the code of English:")
    assert "German has no q: its code has no word" in there
    assert "English has no ß, ä, ö, ü: its code has no word" in back
    check_stored(there, english, smoothed(german, english))
    check_stored(back, german, smoothed(english, german))
    explained = re.search(r"^D\(English ‖ German, smoothed\) = ([\d.]+) bits = ", output, re.MULTILINE)[1]
    expected = bits_per_letter(english, smoothed(german, english)) - bits_per_letter(
        english, Counter(english)
    )
    assert float(explained) == pytest.approx(float(expected), abs=5.1e-5)


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "two_languages.py"), "klingon"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "invalid choice: 'klingon'" in done.stderr
