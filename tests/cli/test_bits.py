"""`kullback bits`: sizes that are those of real bytes, symbols that have no code, and what is refused."""

import json
import math
import re
import shlex
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kullback.coding import encode
from kullback.measures import Counts

ENGLISH = "All human beings are born free and equal in dignity and rights. " * 20
GERMAN = "Alle Menschen sind frei und gleich an Würde und Rechten geboren. " * 20


@pytest.fixture
def texts(tmp_path):
    (tmp_path / "english.txt").write_text(ENGLISH, encoding="utf-8")
    (tmp_path / "german.txt").write_text(GERMAN, encoding="utf-8")


def directions(result):
    """Both directions of a run with --json."""
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)["directions"]


def test_sizes_and_divergence_are_real(run, divergence):
    p, q = "abracadabra" * 30, "abcdr" * 7 + "aab"
    there, back = directions(run("bits", "--inline", p, q, "--json"))
    for way, text, other in ((there, p, q), (back, q, p)):
        expected = divergence(Counter(text), Counter(other)) / math.log(2)
        assert way["value"] == pytest.approx(expected, rel=1e-13)
        assert way["codes"]["ideal"]["excess"] == pytest.approx(expected, rel=1e-12)
        assert way["length"] == len(text)
        assert (way["missing"], way["pseudocount"]) == ([], None)
        for coder in ("huffman", "range"):
            for key, model in (("bytes_with_p", text), ("bytes_with_q", other)):
                stored = encode(text, Counts.of(model), coder=coder)
                assert way["codes"][coder][key] == len(stored.payload)
        low, high = way["excess_bounds"]
        assert low <= way["codes"]["range"]["excess"] <= high
    assert (there["p"], there["q"], back["p"], back["q"]) == ("A", "B", "B", "A")


def test_missing_symbols_are_named_and_smoothed(run, texts, divergence):
    there, back = directions(run("bits", "english.txt", "german.txt", "--json", "--smooth", "2"))
    assert there["value"] == back["value"] == "inf"
    assert there["pseudocount"] == 2
    expected = [{"symbol": c, "count": n} for c, n in Counter(ENGLISH).items() if c not in GERMAN]
    assert sorted(there["missing"], key=str) == sorted(expected, key=str)
    smoothed = {c: Counter(GERMAN)[c] + 2 for c in {*ENGLISH, *GERMAN}}
    value = divergence(Counter(ENGLISH), smoothed) / math.log(2)
    assert there["divergence_of_code"] == pytest.approx(value, rel=1e-13)
    assert there["codes"]["ideal"]["excess"] == pytest.approx(value, rel=1e-12)


def test_only_the_direction_that_needs_it_is_smoothed(run):
    there, back = directions(run("bits", "--inline", "aab", "abc", "--json"))
    assert there["value"] != "inf"
    assert there["pseudocount"] is None
    assert back["value"] == "inf"
    assert back["pseudocount"] == 0.5


def test_what_people_read(run, texts):
    result = run("bits", "english.txt", "german.txt", "--letters", "--lowercase")
    assert result.exit_code == 0
    text = result.stdout
    assert "english.txt, 1020 letters, stored with the code of german.txt" in text
    assert "german.txt has no 'q' (20×), 'y' (20×), so its code cannot store english.txt" in " ".join(
        text.split()
    )
    assert "D = ∞ bits per" in text
    assert "With 0.5 added to every count of german.txt, it can:" in " ".join(text.split())
    for row in ("ideal −log₂ q", "Huffman", "range coder"):
        assert (
            len(re.findall(rf"^  {row} .*\d\.\d{{4}} +\d\.\d{{4}} +[+-]\d\.\d{{4}} +\d+ +\d+$", text, re.M))
            == 2
        )
    assert re.search(r"really\s+stored,\s+\d\.\d{4}\s+more:\s+\d+\s+bytes\s+instead\s+of\s+\d+\s+\(\+", text)
    assert max(map(len, text.splitlines())) <= 80


def test_a_narrow_terminal_does_not_cut_numbers(run, monkeypatch):
    wide = run("bits", "--inline", "abc", "abcc").stdout
    monkeypatch.setenv("COLUMNS", "30")
    assert run("bits", "--inline", "abc", "abcc").stdout == wide
    assert "…" not in wide


def test_no_smoothing_says_infinite_and_stores_nothing(run):
    result = run("bits", "--inline", "aab", "a", "--smooth", "0")
    assert result.exit_code == 0
    assert "B has no 'b' (1×), so its code cannot store A: D = ∞ bits per character." in result.stdout
    assert "Nothing was stored; --smooth 0.5 makes a code that has them all." in result.stdout
    there, _ = directions(run("bits", "--inline", "aab", "a", "--smooth", "0", "--json"))
    assert there["value"] == "inf"
    assert "codes" not in there


@pytest.mark.parametrize(
    ("options", "a", "length", "missing"),
    [
        ([], "Ab, a", 5, {"A": 1, ",": 1, " ": 1}),
        (["--lowercase"], "Ab, a", 5, {",": 1, " ": 1}),
        (["--letters"], "Ab, a", 3, {"A": 1}),
        (["--letters", "--lowercase"], "Ab, a1²_", 3, {}),
        (["--letters"], "a\u0308", 1, {"ä": 1}),
        (["--symbols", "words"], "ab, a ab b", 4, {"ab,": 1, "a": 1, "b": 1}),
        (["--symbols", "words", "--letters"], "ab, ab.a", 3, {"a": 1}),
        (["--symbols", "bytes"], "aä", 3, {0xC3: 1, 0xA4: 1}),
    ],
)
def test_kinds_of_symbols(run, options, a, length, missing):
    there, _ = directions(run("bits", "--inline", a, "ab", "--json", *options))
    assert there["length"] == length
    assert {entry["symbol"]: entry["count"] for entry in there["missing"]} == missing


def test_standard_input_and_names(run, texts):
    there, back = directions(run("bits", "-", "german.txt", "--json", stdin=GERMAN.encode()))
    assert (there["p"], there["q"]) == ("standard input", "german.txt")
    assert there["value"] == back["value"] == 0


def test_files_of_one_name_are_called_by_their_paths(run, tmp_path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "text").write_text("abc")
    there, _ = directions(run("bits", "x/text", "y/text", "--json"))
    assert (there["p"], there["q"]) == ("x/text", "y/text")


def test_binary_files_as_bytes(run, tmp_path):
    (tmp_path / "a.bin").write_bytes(bytes(range(256)) * 3)
    (tmp_path / "b.bin").write_bytes(b"\0\xff" * 50)
    there, back = directions(run("bits", "a.bin", "b.bin", "--symbols", "bytes", "--json"))
    assert len(there["missing"]) == 254
    assert back["codes"]["range"]["bits_with_q"] == pytest.approx(8, abs=0.5)


@pytest.mark.parametrize(
    ("arguments", "clue"),
    [
        (["nothing.txt", "german.txt"], "no file 'nothing.txt'. To take the words of the command line"),
        (["-", "-"], "standard input can be read only once"),
        (["english.txt", "german.txt", "--symbols", "bytes", "--letters"], "bytes are no letters"),
        (["english.txt", "german.txt", "--smooth", "-1"], "not in the range"),
        (["english.txt", "german.txt", "--smooth", "inf"], "not in the range"),
        (["english.txt", "german.txt", "--smooth", "nan"], "nan is not a number"),
        (["--inline", "123", "abc", "--letters"], "A has no symbols of the kind asked for"),
        (["--inline", "", "abc"], "A has no symbols of the kind asked for"),
        (["latin.txt", "german.txt"], "latin.txt is not UTF-8 text"),
        ([".", "german.txt"], "directory"),
        (["english.txt"], "Missing argument 'B'"),
    ],
)
def test_refusals(run, texts, tmp_path, arguments, clue):
    (tmp_path / "latin.txt").write_bytes("Würde".encode("latin-1"))
    result = run("bits", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert clue in " ".join(result.stderr.split())


def test_a_text_that_is_too_long(run, monkeypatch):
    monkeypatch.setattr("kullback.cli.bits._LIMIT", 10)
    result = run("bits", "--inline", "abc", "abcdefghijk")
    assert result.exit_code == 2
    assert "B has 11 symbols, more than the 10" in result.stderr


def test_examples_of_the_help_run(run, texts, tmp_path):
    (tmp_path / "french.txt").write_text("Tous les êtres humains naissent libres et égaux", encoding="utf-8")
    shown = [line.strip() for line in run("bits", "--help").stdout.splitlines() if "kullback bits " in line]
    examples = [shlex.split(line.split("kullback ")[1]) for line in shown if not line.startswith("Usage")]
    assert len(examples) == 5
    for example in examples:
        assert run(*example, stdin=b"standard input").exit_code == 0, example


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    a=st.text(max_size=30),
    b=st.text(max_size=30),
    options=st.lists(
        st.sampled_from(["--letters", "--lowercase", "--symbols=bytes", "--symbols=words", "--smooth=0"])
    ),
)
def test_any_two_texts_are_answered_or_refused(run, a, b, options):
    result = run("bits", "--inline", "--json", *options, "--", a, b)
    if result.exit_code == 0:
        for way in directions(result):
            excess = way.get("codes", {}).get("ideal", {}).get("excess", 0)
            assert excess >= -1e-12
            assert (way["value"] == "inf") == bool(way["missing"])
    else:
        assert result.stderr.startswith(("Error: ", "Usage: "))
