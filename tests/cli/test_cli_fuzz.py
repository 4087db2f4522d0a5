"""Whatever is fed to the readers: never a traceback, never a wrong answer; only an answer or a refusal."""

import csv
import io
import json
import math
import re
import zipfile
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from kullback.cli import main

SUFFIXES = ["csv", "tsv", "json", "npy", "npz", "parquet", "txt", "dat"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def ask(*args, stdin=None):
    """Run and judge what every run must keep; give the terms of an answer, or None for a refusal."""
    result = CliRunner().invoke(main, ["compare", *args, "--json"], input=stdin)
    assert isinstance(result.exception, (SystemExit, type(None))), result.exception
    assert result.exit_code in (0, 2)
    assert "not foreseen" not in result.stderr, result.stderr
    if result.exit_code == 2:
        assert result.stdout == ""
        assert "Error: " in result.stderr
        return None
    answer = json.loads(result.stdout, parse_constant=pytest.fail)
    assert result.stderr == ""
    assert answer["value"] == "inf" or answer["value"] >= 0
    return answer["terms"]


def ask_about(path, *options):
    """Compare a file with itself: what the terms say of it is what was read."""
    return ask(str(path), str(path), *options)


def holds(terms, expected):
    """Say whether the terms are those of the table {outcome: weight}, divided by its sum."""
    total = math.fsum(expected.values())
    read = {term["outcome"]: term["p"] for term in terms}
    return list(read) == list(expected) and all(
        read[x] == pytest.approx(expected[x] / total, rel=1e-9, abs=0) for x in expected
    )


quick = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
numbers_to_write = st.one_of(
    st.integers(0, 10**6),
    st.floats(0, 1e6, allow_subnormal=False).filter(lambda x: x == 0 or x > 1e-6),
)
labels = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=6)


@quick
@given(st.text(max_size=30), st.text(max_size=30))
@example("=", "1,1")
@example("a=1" + " " * 20_000, "1,1")
@example("a" + " " * 20_000, "1,1")
@example('"' * 9999, "1,1")
@example("[0.5,0.5]", "1,1")
@example("/", "1,1")
@example("1/", "1,1")
@example("::", "-:")
@example("\ud800", "a\ud800=1")
def test_anything_typed(a, b):
    ask("--", a, b, stdin="")


@quick
@given(st.text("0123456789.,;/=eE+- ab'\"", max_size=20), st.text("0123456789.,;/=eE+- ab'\"", max_size=20))
def test_almost_numbers(a, b):
    ask("--", a, b, stdin="")


@quick
@given(
    st.lists(numbers_to_write, min_size=1, max_size=6), st.sampled_from([",", ", ", ";", " ", "\t", " ; "])
)
def test_typed_numbers_are_read_exactly(values, separator):
    assume(sum(values) > 0)
    terms = ask(*[separator.join(map(repr, values))] * 2, "--as", "counts")
    assert holds(terms, dict(enumerate(values)))


@quick
@given(
    st.lists(st.decimals(0, 10, places=2), min_size=2, max_size=6),
    st.sampled_from([", ", ";", "; ", " ", " ;", "\t"]),
)
def test_typed_decimal_commas_are_never_taken_for_separators(values, separator):
    text = separator.join(str(value).replace(".", ",") for value in values)
    assert ask(text, text, "--as", "counts") is None


@quick
@given(st.dictionaries(labels.filter(str.strip), numbers_to_write, min_size=1, max_size=5))
def test_typed_labels_are_read_exactly(table):
    assume(sum(table.values()) > 0)
    text = ",".join('"{}"={!r}'.format(x.replace('"', '""'), value) for x, value in table.items())
    assert holds(ask(text, text, "--as", "counts"), table)


@quick
@given(st.binary(max_size=200), st.sampled_from(SUFFIXES))
def test_any_bytes_in_a_file_of_any_name(folder, data, suffix):
    path = folder / f"bytes.{suffix}"
    path.write_bytes(data)
    ask_about(path)


@quick
@given(
    st.binary(max_size=200), st.sampled_from([None, "csv", "tsv", "json", "npy", "npz", "parquet", "text"])
)
def test_any_bytes_from_standard_input(data, told):
    ask("-", "a=1,b=1", *(["--format", told] if told else []), stdin=data)


@quick
@given(st.text('ab01.,;\t|"\n \ufeff', max_size=40), st.sampled_from(["csv", "tsv", "dat"]))
def test_anything_like_a_table(folder, text, suffix):
    path = folder / f"table.{suffix}"
    path.write_bytes(text.encode())
    ask_about(path)


@st.composite
def tables(draw):
    """A table {label: weight}, the delimited text that says it, and its bytes."""
    table = draw(st.dictionaries(labels, numbers_to_write, min_size=1, max_size=6))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    comma = delimiter != "," and draw(st.booleans())
    header = draw(st.booleans())
    lines = draw(st.sampled_from(["\n", "\r\n"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=lines)
    rows = [(x, repr(value).replace(".", ",") if comma else repr(value)) for x, value in table.items()]
    writer.writerows([("outcome", "weight"), *rows] if header else rows)
    return table, text.getvalue().encode(encoding)


@settings(quick, max_examples=250)
@given(tables(), st.sampled_from(["csv", "dat"]))
def test_a_table_is_read_exactly_or_refused(folder, case, suffix):
    table, data = case
    # "a;1,5" with commas between the cells is, sign for sign, "a" and 1.5 with semicolons between them.
    assume(not all(re.search(r"[;\t|]\s*[+-]?\d*\s*$", x) for x in table))
    assume(len(table) > 1 or not re.search(r"\d|inf|nan", *table))  # "1,0" is a row of two numbers
    path = folder / f"exact.{suffix}"
    path.write_bytes(data)
    terms = ask_about(path, "--as", "counts")
    assert terms is None or holds(terms, table)


@quick
@given(st.lists(st.decimals(0, 10, places=2), min_size=1, max_size=6), st.booleans(), st.booleans())
def test_a_column_of_decimal_commas_is_never_read_as_something_else(folder, values, header, quoted):
    cells = [str(value).replace(".", ",") for value in values]
    lines = [f'"{cell}"' if quoted else cell for cell in cells]
    path = folder / "commas.csv"
    path.write_text("\n".join(["p", *lines] if header else lines), encoding="utf-8")
    terms = ask_about(path)
    one_row = len(values) == 1 and not header and not quoted
    assert terms is None or one_row  # a single "0,5" is two cells in one row, as it is when typed


@quick
@given(st.dictionaries(st.text(max_size=6), numbers_to_write, min_size=1, max_size=6), st.booleans())
def test_json_is_read_exactly(folder, table, ascii_only):
    assume(sum(table.values()) > 0)
    path = folder / "exact.json"
    path.write_bytes(json.dumps(table, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))
    terms = ask_about(path, "--as", "counts")
    lone = any("\ud800" <= c <= "\udfff" for x in table for c in x)
    assert (terms is None and lone) or holds(terms, table)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3) | st.integers(10**300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=4),
    max_leaves=8,
)


@quick
@given(json_values, st.integers(0, 60))
def test_any_json_whole_or_cut(folder, value, cut):
    path = folder / "any.json"
    path.write_text(json.dumps(value)[: 60 - cut], encoding="utf-8")
    ask_about(path)


@quick
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40))
def test_a_text_is_counted_exactly_or_refused(folder, text):
    path = folder / "exact.txt"
    path.write_bytes(text.encode())
    terms = ask_about(path)
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    assert terms is None or holds(terms, Counter(lines))


def saved(format):
    """A small sound file of a binary format."""
    stream = io.BytesIO()
    values = np.array([0.5, 0.3, 0.2])
    match format:
        case "npy":
            np.save(stream, values)
        case "npz":
            np.savez(stream, p=values)
        case "zipped.npz":
            np.savez_compressed(stream, p=values)
        case _:
            pq.write_table(pa.table({"l": ["a", "b", "c"], "p": values}), stream)
    return stream.getvalue()


FILES = {format: saved(format) for format in ("npy", "npz", "zipped.npz", "parquet")}


@quick
@given(st.sampled_from(list(FILES)), st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_short_is_refused(folder, format, share):
    whole = FILES[format]
    path = folder / f"cut.{format}"
    path.write_bytes(whole[: int(share * len(whole))])
    assert ask_about(path) is None


@settings(quick, max_examples=250)
@given(
    st.sampled_from(list(FILES)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=3),
)
def test_a_damaged_file_is_refused_or_read_as_numpy_reads_it(folder, format, damage):
    data = bytearray(FILES[format])
    for share, change in damage:
        data[int(share * len(data))] ^= change
    path = folder / f"damaged.{format}"
    path.write_bytes(data)
    terms = ask_about(path)
    if terms is None or format == "parquet":  # what is read there, pyarrow itself has read
        return
    if format == "npy":
        values = np.load(path, allow_pickle=False)
    else:
        with np.load(path, allow_pickle=False) as archive:
            values = archive[archive.files[0]]
    assert [term["p"] for term in terms] == pytest.approx(np.ravel(values) / np.sum(values, dtype=float))


@quick
@given(st.binary(max_size=60), st.sampled_from(["f8", "i4", "O", "U1", "V8", "c16", "m8[s]"]), st.booleans())
@example(b"", "f8", True)
def test_any_array_in_an_archive(folder, data, dtype, compressed):
    stream = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": (len(data) // 8,)}
    np.lib.format.write_array_header_1_0(stream, header)
    kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    path = folder / "any.npz"
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.writestr("p.npy", stream.getvalue() + data)
    ask_about(path)
