"""Files and standard input: each format is read as it is meant, or refused."""

import io
import json
import math
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kullback import Divergence

ANSWER = 0.0252671539215706  # D(5:3:2 ‖ 4:4:2) in nats, from mpmath with 50 digits


def value(result):
    assert result.exit_code == 0, result.stderr
    return Divergence.from_json(result.stdout).value


TABLES = {
    "one column": ("0.5\n0.3\n0.2\n", "x.csv"),
    "with a header": ("p\n0.5\n0.3\n0.2\n", "x.csv"),
    "sideways": ("0.5,0.3,0.2\n", "x.csv"),
    "blank lines and no last line end": ("\n0.5\n\n0.3\n0.2", "x.csv"),
    "CRLF": ("p\r\n0.5\r\n0.3\r\n0.2\r\n", "x.csv"),
    "CR": ("p\r0.5\r0.3\r0.2\r", "x.csv"),
    "byte-order mark": ("\ufeffp\n0.5\n0.3\n0.2\n", "x.csv"),
    "labels": ("a,0.5\nb,0.3\nc,0.2\n", "x.csv"),
    "labels and header": ("letter,p\na,0.5\nb,0.3\nc,0.2\n", "x.csv"),
    "values before labels": ("p,letter\n0.5,a\n0.3,b\n0.2,c\n", "x.csv"),
    "other order": ("letter,p\nc,0.2\na,0.5\nb,0.3\n", "x.csv"),
    "quoted": ('"letter","p"\n"a","0.5"\n"b","0.3"\n"c","0.2"\n', "x.csv"),
    "semicolons": ("letter;p\na;0.5\nb;0.3\nc;0.2\n", "x.csv"),
    "semicolons and decimal commas": ("letter;p\na;0,5\nb;0,3\nc;0,2\n", "x.csv"),
    "decimal commas without a header": ("a;0,5\nb;0,3\nc;0,2\n", "x.csv"),
    "tabs": ("letter\tp\na\t0.5\nb\t0.3\nc\t0.2\n", "x.tsv"),
    "tabs in .csv": ("letter\tp\na\t0.5\nb\t0.3\nc\t0.2\n", "x.csv"),
    "tabs and decimal commas": ("letter\tp\na\t0,5\nb\t0,3\nc\t0,2\n", "x.csv"),
    "bars": ("letter|p\na|0.5\nb|0.3\nc|0.2\n", "x.csv"),
    "blanks, as uniq -c prints": ("      5 a\n      3 b\n      2 c\n", "x"),
    "a column by name": ("letter,n,p\na,9,0.5\nb,9,0.3\nc,9,0.2\n", "x.csv:p"),
    "a column by number": ("letter,n,p\na,9,0.5\nb,9,0.3\nc,9,0.2\n", "x.csv:3"),
    "a column called by a year": ("letter,2023,2024\na,9,5\nb,9,3\nc,9,2\n", "x.csv:2024"),
    "a column beside pandas' index": (",p\n0,0.5\n1,0.3\n2,0.2\n", "x.csv:p"),
    "a label of two lines": ('"a\nb",0\na,5\nb,3\nc,2\n', "x.dat"),
    "semicolons and quoted decimal commas": ('"a";"0,5"\n"b";"0,3"\n"c";"0,2"\n', "x.csv"),
    "counts": ("letter,n\na,500\nb,300\nc,200\n", "x.csv"),
    "symbols": ("letter\n" + "a\n" * 5 + "b\n" * 3 + "c\n" * 2, "x.csv:letter"),
    "symbols without a header": ("a\n" * 5 + "b\n" * 3 + "c\n" * 2, "x.csv"),
    "JSON list": ("[0.5, 0.3, 0.2]", "x.json"),
    "JSON object": ('{"c": 0.2, "a": 0.5, "b": 0.3}', "x.json"),
    "JSON counts": ('{"a": 5, "b": 3, "c": 2}', "x.json"),
    "JSON symbols": (json.dumps([*"aaaaabbbcc"]), "x.json"),
    "JSON by content": ('{"a": 5, "b": 3, "c": 2}', "x.dat"),
    "text": ("aaaaabbbcc", "x.txt"),
}


UNLABELLED = {
    "a column beside pandas' index",
    "one column",
    "with a header",
    "sideways",
    "blank lines and no last line end",
    "CRLF",
    "CR",
    "byte-order mark",
    "JSON list",
}


@pytest.mark.parametrize("case", TABLES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_file_is_read_as_it_is_meant(run, case, encoding):
    text, name = TABLES[case]
    Path(name.split(":")[0]).write_bytes(text.encode(encoding))
    other = "4,4,2" if case in UNLABELLED else "a=4,b=4,c=2"
    assert value(run("compare", name, other, "--json")) == pytest.approx(ANSWER, rel=1e-13)


REFUSED = {
    "numbers in .txt": ("0.5\n0.3\n0.2\n", "x.txt", "--as text"),
    "a table in .txt": ("a,0.5\nb,0.5\n", "x.txt", "--format csv"),
    "percentages in .txt": ("50%\n50%\n", "x.txt", "--as text"),
    "decimal commas, one column": ("0,5\n0,3\n0,2\n", "x.csv", "choose one"),
    "decimal commas below a header": ("p\n0,5\n0,3\n0,2\n", "x.csv", "row 2 has 2"),
    "quoted decimal commas": ('l,p\na,"0,5"\nb,"0,5"\n', "x.csv", "'0,5'"),
    "thousands or decimals": ("a;1,234\nb;2,345\n", "x.csv", "1.234 or 1234"),
    "thousands and decimals": ("a;1,234,567\nb;0,5\n", "x.csv", "'1,234,567'"),
    "two columns of numbers": ("p,q\n0.5,0.4\n0.5,0.6\n", "x.csv", "'x.csv:p' or 'x.csv:q'"),
    "two columns of labels": ("l,m,p\na,x,0.5\nb,y,0.5\n", "x.csv", "--labels"),
    "a missing value": ("l,p\na,0.5\nb,NA\nc,0.5\n", "x.csv", "'NA'"),
    "an empty value": ("l,p\na,0.5\nb,\nc,0.5\n", "x.csv", "''"),
    "an empty first value": ("a,\nb,0.5\nc,0.5\n", "x.csv", "--header"),
    "a first value that is no number": ("a,12%\nb,0.5\nc,0.5\n", "x.csv", "'12%'"),
    "a word among numbers": ("0.5\n0.3\nzwei\n", "x.csv", "'0.5'"),
    "a number among words": ("a\nb\n1\na\n", "x.csv", "'1'"),
    "one column of percentages": ("p\n50%\n50%\n", "x.csv", "'50%'"),
    "one word that may be a header": ("letter\na\nb\n", "x.csv", "--no-header"),
    "ragged rows": ("a,0.5\nb\n", "x.csv", "row 2 has 1"),
    "an open quote": ('l,p\n"a,0.5\nb,0.5\n', "x.csv", "line"),
    "repeated labels": ("l,p\na,0.5\na,0.5\n", "x.csv", "'a' more than once"),
    "only a header": ("l,p\n", "x.csv", "no rows below"),
    "nothing": ("", "x.csv", "empty"),
    "blanks": ("\n \n", "x.csv", "blank"),
    "no such column": ("letter,p\na,0.5\nb,0.5\n", "x.csv:lettr", "Did you mean 'letter'?"),
    "repeated column": ("p,p\n0.5,0.4\n0.5,0.6\n", "x.csv:p", "by number"),
    "two ways to split": ("1|a,2\n3|b,4\n", "x.csv", "more than one way"),
    "underscores": ("p\n1_0\n2_0\n", "x.csv", "'1_0'"),
    "too large": ("p\n1e999\n1\n", "x.csv", "larger than float64"),
    "too small": ("p\n1e-999\n1\n", "x.csv", "smaller than float64"),
    "a NUL": ("a\0b", "x.txt", "NUL"),
    "broken JSON": ("[1, 2", "x.json", "line 1"),
    "broken JSON without a name": ("[1, 2", "x.dat", "not JSON"),
    "deep JSON": ("[" * 100_000, "x.json", "deeply"),
    "deep JSON without a name": ('{"a":' * 100_000, "x.dat", "deeply"),
    "repeated keys": ('{"a": 0.5, "a": 0.5}', "x.json", "x.json: the object has the key 'a' more than once"),
    "JSON with a list inside": ("[[0.5, 0.5]]", "x.json", "a list"),
    "JSON true": ("[true, false]", "x.json", "true"),
    "JSON null": ('{"a": null}', "x.json", "'a' is null"),
    "JSON number in quotes": ('{"a": "0.5", "b": 0.5}', "x.json", "'0.5'"),
    "JSON NaN": ("[NaN, 1]", "x.json", "NaN"),
    "JSON huge": ("[1" + "0" * 400 + ", 1]", "x.json", "larger than float64"),
    "JSON of one number": ("1", "x.json", "one number"),
    "empty list": ("[]", "x.json", "empty"),
    "a stored result": ('{"value": 1, "unit": "nats", "method": "exact", "error": {}}', "x.json", "result"),
    "one line with a number": ("a,5\n", "x.dat", "--format csv or --format text"),
    "a part of a text": ("abc", "x.txt:letter", "'letter'"),
    "a part of JSON": ("[1, 2]", "x.json:p", "'p'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_may_be_meant_otherwise_is_refused(run, case):
    text, name, clue = REFUSED[case]
    Path(name.split(":")[0]).write_bytes(text.encode())
    result = run("compare", name, "a=1,b=1")
    assert result.exit_code == 2
    assert clue in result.stderr
    assert result.stdout == ""


def test_characters_are_counted_as_they_are(run, divergence):
    Path("x.txt").write_bytes("Aa ä\r\n😀a".encode())
    result = run("compare", "x.txt", "A=1,a=1", "--json")
    terms = json.loads(result.stdout)["terms"]
    assert [t["outcome"] for t in terms] == ["A", "a", " ", "ä", "\n", "😀"]
    assert [t["p"] * 7 for t in terms] == pytest.approx([1, 2, 1, 1, 1, 1])


def test_a_text_of_numbers_is_counted_when_asked(run):
    Path("x.txt").write_text("0.5\n", encoding="utf-8")
    for options in (["--as", "text"], ["--format", "text"]):
        result = run("compare", "x.txt", "x.txt", *options)
        assert "4 characters" in result.stdout


def test_a_column_of_numbers_is_counted_when_asked(run, divergence):
    Path("dice.csv").write_text("roll\n1\n2\n2\n6\n", encoding="utf-8")
    result = run("compare", "dice.csv", "1=1,2=1,6=2", "--as-a", "text", "--header", "--json")
    assert value(result) == pytest.approx(
        divergence({"1": 1, "2": 2, "6": 1}, {"1": 1, "2": 1, "6": 2}), rel=1e-14
    )


def test_header_is_as_told(run):
    Path("x.csv").write_text("a\nb\nb\n", encoding="utf-8")
    assert "2 symbols, 1 different" in run("compare", "x.csv", "x.csv", "--header").stdout
    assert "3 symbols, 2 different" in run("compare", "x.csv", "x.csv", "--no-header").stdout


def test_outcomes_are_named_by_a_chosen_column(run, divergence):
    Path("x.csv").write_text("size,n\n1,5\n2,3\n3,2\n", encoding="utf-8")
    Path("y.csv").write_text("size,n\n3,2\n2,4\n1,4\n", encoding="utf-8")
    result = run("compare", "x.csv", "y.csv", "--column", "n", "--labels", "size", "--json")
    assert value(result) == pytest.approx(ANSWER, rel=1e-13)


@pytest.mark.parametrize("stdin", ["a,5\nb,3\nc,2\n", '{"a": 5, "b": 3, "c": 2}', "aaaaabbbcc"])
def test_standard_input_is_recognised(run, stdin):
    result = run("compare", "-", "a=4,b=4,c=2", "--json", stdin=stdin)
    assert value(result) == pytest.approx(ANSWER, rel=1e-13)
    assert "standard input" in result.stdout


def test_standard_input_takes_binary_formats_a_column_and_a_format(run):
    stream = io.BytesIO()
    np.save(stream, np.array([5, 3, 2]))
    assert value(run("compare", "-", "4,4,2", "--json", stdin=stream.getvalue())) == pytest.approx(ANSWER)
    table = "l,p,q\na,5,1\nb,3,1\nc,2,1\n"
    assert value(run("compare", "-:p", "a=4,b=4,c=2", "--json", stdin=table)) == pytest.approx(ANSWER)
    told = run("compare", "-", "a=1", "--format", "text", stdin=table)
    assert "characters" in told.stdout


@pytest.mark.parametrize("dtype", ["f8", ">f8", "f4", "i8", "u1", ">i2"])
def test_npy_of_any_real_dtype(run, dtype):
    np.save("x.npy", np.array([5, 3, 2], dtype=dtype))
    assert value(run("compare", "x.npy", "4,4,2", "--as-a", "counts", "--json")) == pytest.approx(ANSWER)


def test_npy_probabilities_row_vectors_and_texts(run):
    np.save("x.npy", np.array([[0.5, 0.3, 0.2]]))
    assert value(run("compare", "x.npy", "4,4,2", "--json")) == pytest.approx(ANSWER)
    np.save("s.npy", np.array([*"aaaaabbbcc"]))
    assert value(run("compare", "s.npy", "a=4,b=4,c=2", "--json")) == pytest.approx(ANSWER)
    np.save("h.npy", np.array([0.5, 0.25, 0.25], dtype="f2"))
    assert value(run("compare", "h.npy", "2,1,1", "--json")) == 0


def test_integers_whose_sum_needs_more_than_their_type(run):
    np.save("x.npy", np.array([2**63, 2**63], dtype=np.uint64))
    parquet({"n": pa.array([2**63, 2**63], pa.uint64())})
    for name in ("x.npy", "x.parquet"):
        result = run("compare", name, "1,1")
        assert "2 counts" in result.stdout
        assert "1.84467e+19" in result.stdout


def test_a_long_text_is_not_taken_for_the_table_with_which_it_begins(run):
    Path("x.dat").write_text("a 1\nb 2\n" * 600 + "the end\n", encoding="utf-8")
    assert "characters" in run("compare", "x.dat", "x.dat").stdout
    Path("y.dat").write_text("\n".join(f"a{i} {i + 1}" for i in range(1200)), encoding="utf-8")
    assert "1,200 labelled counts" in run("compare", "y.dat", "y.dat").stdout


def test_npz_by_name(run):
    np.savez("x.npz", p=np.array([0.5, 0.3, 0.2]), q=np.array([0.4, 0.4, 0.2]))
    assert value(run("compare", "x.npz:p", "x.npz:q", "--json")) == pytest.approx(ANSWER, rel=1e-14)
    assert "'x.npz:p' or 'x.npz:q'" in run("compare", "x.npz", "x.npz:q").stderr
    assert "Did you mean 'p'" in run("compare", "x.npz:pp", "x.npz:q").stderr
    np.savez_compressed("one.npz", np.array([0.5, 0.3, 0.2]))
    assert value(run("compare", "one.npz", "4,4,2", "--json")) == pytest.approx(ANSWER)


class _Poison:
    def __reduce__(self):
        return (Path("poisoned").write_text, ("",))


@pytest.mark.parametrize(
    ("array", "clue"),
    [
        (np.array([_Poison()], dtype=object), "object"),
        (np.array([1j, 2]), "complex"),
        (np.array([True, False]), "bool"),
        (np.array([1], dtype="M8[s]"), "datetime64"),
        (np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), "dtype"),
        (np.array([b"a"]), "dtype"),
        (np.ones((2, 2)), "shape (2, 2)"),
        (np.array(1.0), "shape ()"),
        (np.array([]), "empty"),
        (np.array([3.0, 2.0]), "--as counts"),
        (np.array([-3, 2]), "--as logits"),
        (np.array([np.nan, 1]), "NaN"),
    ],
)
def test_arrays_that_hold_no_distribution(run, array, clue):
    np.save("x.npy", array, allow_pickle=True)
    result = run("compare", "x.npy", "1,1")
    assert result.exit_code == 2
    assert clue in result.stderr
    np.savez("x.npz", x=array)
    assert run("compare", "x.npz", "1,1").exit_code == 2
    assert not Path("poisoned").exists()


def test_a_header_that_promises_more_than_there_is(run):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)})
    Path("x.npy").write_bytes(stream.getvalue() + bytes(16))
    assert "damaged" in run("compare", "x.npy", "1,1").stderr


def test_archives_are_unpacked_within_bounds(run, monkeypatch):
    with zipfile.ZipFile("bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x.npy", "w") as f:
        np.lib.format.write_array_header_1_0(f, {"descr": "<f8", "fortran_order": False, "shape": (1 << 22,)})
        f.write(bytes(8 << 22))
    assert Path("bomb.npz").stat().st_size < 1 << 16
    monkeypatch.setattr("kullback.cli.inputs.arrays.LIMIT", 1 << 20)
    result = run("compare", "bomb.npz", "1,1")
    assert result.exit_code == 2
    assert "unpacks to more" in result.stderr


def test_what_is_too_large_is_refused(run, monkeypatch):
    Path("x.csv").write_text("1\n" * 600, encoding="utf-8")
    monkeypatch.setattr("kullback.cli.inputs.source.LIMIT", 1000)
    assert "larger than" in run("compare", "x.csv", "1,1").stderr
    assert "larger than" in run("compare", "-", "1,1", stdin="1\n" * 600).stderr


def parquet(columns, name="x.parquet"):
    pq.write_table(pa.table(columns), name)


def test_parquet(run):
    parquet({"l": ["a", "b", "c"], "p": [0.5, 0.3, 0.2], "n": [4, 4, 2]})
    assert value(run("compare", "x.parquet:p", "x.parquet:n", "--json")) == pytest.approx(ANSWER, rel=1e-14)
    assert "'x.parquet:p' or 'x.parquet:n'" in run("compare", "x.parquet", "1,1").stderr
    parquet({"l": pa.array([*"aaaaabbbcc"]).dictionary_encode()})
    assert value(run("compare", "x.parquet", "a=4,b=4,c=2", "--json")) == pytest.approx(ANSWER)
    parquet({"p": pa.array([0.5, 0.3, 0.2]).cast(pa.decimal128(5, 2))})
    assert value(run("compare", "x.parquet", "4,4,2", "--json")) == pytest.approx(ANSWER)
    parquet({"size": [1, 2, 3], "n": [5, 3, 2]})
    chosen = run("compare", "x.parquet", "1=4,2=4,3=2", "--column", "n", "--labels", "size", "--json")
    assert value(chosen) == pytest.approx(ANSWER)


@pytest.mark.parametrize(
    ("columns", "clue"),
    [
        ({"p": [0.5, None]}, "value 2 is missing"),
        ({"l": ["a", None], "p": [0.5, 0.5]}, "value 2 is missing"),
        ({"p": [[0.5, 0.5]]}, "type list"),
        ({"p": [True, False, True]}, "--as counts"),
        ({"p": pa.array([], pa.float64())}, "no values"),
        ({"p": [0.5, 0.6]}, "sums to 1.1"),
    ],
)
def test_parquet_that_holds_no_distribution(run, columns, clue):
    parquet(columns)
    if clue == "--as counts":  # truth values are symbols that are counted
        assert "3 symbols" in run("compare", "x.parquet", "x.parquet").stdout
        return
    result = run("compare", "x.parquet", "1,1")
    assert result.exit_code == 2
    assert clue in result.stderr


def test_parquet_without_its_library_says_what_to_install(run, monkeypatch):
    parquet({"p": [0.5, 0.5]})
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    result = run("compare", "x.parquet", "1,1")
    assert result.exit_code == 2
    assert "pip install 'kullback[parquet]'" in result.stderr


@pytest.mark.parametrize(
    ("name", "data", "clue"),
    [
        ("x.csv", b"\x93NUMPY\x01\x00", "--format npy"),
        ("x.npy", b"PK\x03\x04", "--format npz"),
        ("x.txt", b"PAR1....", "--format parquet"),
        ("x.npy", b"no array", "not a NumPy array file"),
        ("x.npz", b"no archive", "not a NumPy archive"),
        ("x.parquet", b"no parquet", "not a sound Parquet file"),
        ("x.csv.gz", b"\x1f\x8b\x08", "gunzip"),
        ("x.txt", "äöü".encode("latin-1"), "not UTF-8 text (byte 0: 0xe4)"),
        ("x.txt", "äöü".encode("utf-16-le"), "UTF-8"),
        ("x.txt", "abc".encode("utf-16-le"), "NUL"),
        ("x.txt", b"\xff\xfea", "UTF-16"),
    ],
)
def test_bytes_that_are_not_what_the_name_says(run, name, data, clue):
    Path(name).write_bytes(data)
    result = run("compare", name, "1,1")
    assert result.exit_code == 2
    assert clue in result.stderr


def test_files_are_found_or_suggested(run):
    Path("english.txt").write_text("abc", encoding="utf-8")
    Path("folder").mkdir()
    Path("a:b.csv").write_text("p\n1\n", encoding="utf-8")
    assert "Did you mean 'english.txt'?" in run("compare", "englsh.txt", "a=1").stderr
    assert "Did you mean 'english.txt'?" in run("compare", "englsh.txt:x", "a=1").stderr
    assert "directory" in run("compare", "folder", "a=1").stderr
    assert run("compare", "a:b.csv", "1").exit_code == 0
    assert run("compare", "a:b.csv:p", "1").exit_code == 0
    assert run("compare", "x" * 5000, "1").exit_code == 2
    assert run("compare", "nul\0", "1").exit_code == 2


def test_a_tiny_probability_is_not_lost(run):
    Path("x.json").write_text("[1e-300, 1]", encoding="utf-8")
    result = run("compare", "x.json", "x.json", "--as", "counts", "--json")
    assert json.loads(result.stdout)["terms"][0]["p"] == 1e-300
    assert math.isfinite(value(result))
