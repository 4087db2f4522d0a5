"""Storing and giving back: exactly the same result, in strict JSON, or a refusal that says what to do."""

import contextlib
import datetime
import json
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_cases import ALL, BOTH, EXERCISE, INFINITE

from kullback.errors import InvalidInputError, InvalidTypeError
from kullback.report.store import SCHEMA
from kullback.result import Bounded, Divergence, Estimated, Exact, Note, Terms

floats = st.floats(allow_nan=False)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters()),
    st.binary(max_size=8),
    st.dates(),
    st.datetimes(timezones=st.none() | st.just(datetime.UTC)).map(
        lambda x: x.replace(fold=0)  # equal datetimes, whatever their fold
    ),
    st.decimals(allow_nan=False),
)
outcomes = st.recursive(scalars, lambda inner: st.tuples(inner, inner) | st.tuples(), max_leaves=4)
errors = st.one_of(
    st.builds(Exact, floats),
    st.builds(Bounded, floats, floats),
    st.builds(Estimated, floats, st.tuples(floats, floats), st.floats(0, 1)),
)
notes = st.builds(Note, st.text(), st.text(), st.lists(outcomes, max_size=2).map(tuple))


@st.composite
def terms(draw):
    names = tuple(draw(st.lists(outcomes, max_size=4)))
    columns = (draw(st.lists(floats, min_size=len(names), max_size=len(names))) for _ in range(3))
    return Terms(names, *(np.array(column, dtype=float) for column in columns))


def results(reverse):
    return st.builds(
        Divergence,
        value=floats,
        unit=st.sampled_from(["nats", "bits", "bans"]),
        method=st.text(),
        error=errors,
        terms=st.none() | terms(),
        diagnostics=st.lists(notes, max_size=2).map(tuple),
        names=st.tuples(st.text(), st.text()),
        reverse=reverse,
    )


@settings(max_examples=150, deadline=None)
@given(results(st.none() | results(st.none())))
def test_every_result_comes_back_equal(d):
    text = d.to_json()
    back = Divergence.from_json(text)
    assert back == d
    assert _types(back) == _types(d)
    assert back.to_json() == text
    assert Divergence.from_dict(d.to_dict()) == d
    json.loads(text, parse_constant=pytest.fail)


def _types(d):
    """1, 1.0, True and Decimal(1) are equal; they must come back as what they were."""
    return [repr(x) for x in d.terms.outcomes] if d.terms else None


@pytest.mark.parametrize("d", [d for d in ALL if d.names[0] != "$P$ <b>&"])
def test_the_cases_of_this_room_come_back(d):
    assert Divergence.from_json(d.to_json(indent=2)) == d


def test_the_layout_is_the_one_that_others_read():
    data = json.loads(BOTH.to_json())
    keys = "schema value unit method error terms diagnostics names reverse"
    assert list(data) == keys.split()
    assert data["schema"] == SCHEMA
    assert data["terms"][0] == {
        "outcome": "a",
        "p": 0.5,
        "q": 0.4,
        "contribution": BOTH.terms.contributions[0],
    }
    assert data["reverse"]["names"] == ["French", "English"]
    assert json.loads(INFINITE.to_json())["value"] == "inf"


def test_nan_is_stored_too():
    d = Divergence(math.nan, "nats", "exact", Exact())
    assert math.isnan(Divergence.from_json(d.to_json()).value)


def test_numpy_scalars_become_python_ones_that_are_equal():
    names = (np.int64(3), np.float32(0.5), np.str_("x"), np.bool_(True), np.datetime64("2020-02-03"))
    one = np.ones(5)
    d = Divergence(0.0, "nats", "exact", Exact(), Terms(names, one, one, one))
    back = Divergence.from_json(d.to_json())
    assert back.terms.outcomes == (3, 0.5, "x", True, datetime.date(2020, 2, 3))
    assert [type(x) for x in back.terms.outcomes] == [int, float, str, bool, datetime.date]


@pytest.mark.parametrize("outcome", [Fraction(1, 3), frozenset({1}), 1j, object(), (1, {2: 3}.keys)])
def test_outcomes_that_cannot_be_stored_are_refused_by_name(outcome):
    one = np.ones(1)
    d = Divergence(0.0, "nats", "exact", Exact(), Terms((outcome,), one, one, one))
    with pytest.raises(InvalidTypeError, match="Rename the outcomes"):
        d.to_json()


def test_nanoseconds_are_not_cut_off_silently():
    pandas = pytest.importorskip("pandas")
    one = np.ones(1)
    day, instant = pandas.Timestamp("2020-01-01"), pandas.Timestamp("2020-01-01T00:00:00.000000001")
    stored = Divergence(0.0, "nats", "exact", Exact(), Terms((day,), one, one, one)).to_json()
    assert Divergence.from_json(stored).terms.outcomes == (datetime.datetime(2020, 1, 1),)
    for exact in (instant, instant.to_datetime64(), np.datetime64("NaT"), np.timedelta64(1, "ns")):
        d = Divergence(0.0, "nats", "exact", Exact(), Terms((exact,), one, one, one))
        with pytest.raises(InvalidTypeError, match="Rename the outcomes"):
            d.to_json()


@pytest.mark.parametrize("key", list(EXERCISE.to_dict()))
def test_missing_parts_are_named(key):
    data = EXERCISE.to_dict()
    del data[key]
    with pytest.raises(InvalidInputError, match=f'"{key}"'):
        Divergence.from_dict(data)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("schema",), "kullback.divergence/99", "update kullback"),
        (("schema",), None, "schema"),
        (("value",), "0.5", "must be a number"),
        (("value",), True, "must be a number"),
        (("value",), 10**400, "must be a number"),
        (("value",), None, "must be a number"),
        (("unit",), "feet", "one of nats, bits, bans"),
        (("unit",), [], "one of nats"),
        (("method",), 3, "must be a string"),
        (("names",), ["P"], "two sides"),
        (("names",), "PQ", "must be a list"),
        (("names",), [1, 2], "must be a string"),
        (("error",), None, "must be a mapping"),
        (("error", "kind"), "vague", "error.kind"),
        (("error", "rounding"), {}, "must be a number"),
        (("error",), {"kind": "estimated", "std_error": 1, "interval": [1], "level": 0.5}, "two ends"),
        (("terms",), {}, "must be a list"),
        (("terms",), [1], "must be a mapping"),
        (("terms",), [{"outcome": 1, "p": 1, "q": 1}], '"contribution" is missing'),
        (("terms", 0, "outcome"), [1], "must be a mapping"),
        (("terms", 0, "outcome"), {"type": "pickle", "value": "x"}, "outcome's type"),
        (("terms", 0, "outcome"), {"type": ["x"], "value": "x"}, "outcome's type"),
        (("terms", 0, "outcome"), {"type": "date", "value": "yesterday"}, "no date"),
        (("terms", 0, "outcome"), {"type": "decimal", "value": "one"}, "no decimal"),
        (("terms", 0, "outcome"), {"type": "bytes", "value": "?"}, "no bytes"),
        (("terms", 0, "outcome"), {"type": "bytes", "value": "é"}, "no bytes"),
        (("diagnostics",), [{"code": "x", "message": None, "outcomes": []}], "must be a string"),
        (("diagnostics",), 7, "must be a list"),
        (("reverse",), {"schema": "?"}, "schema"),
    ],
)
def test_malformed_parts_are_refused(path, value, message):
    data = json.loads(EXERCISE.to_json())
    inside = data
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    with pytest.raises(InvalidInputError, match=message):
        Divergence.from_dict(data)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "null", "NaN", "[" * 100_000, '{"schema": Infinity}', "{}"]
)
def test_text_that_is_no_stored_result_is_refused(text):
    with pytest.raises(InvalidInputError):
        Divergence.from_json(text)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        scalars.filter(lambda x: x is None or isinstance(x, (bool, int, float, str))),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(), x, max_size=3),
    ),
    st.sampled_from(list(EXERCISE.to_dict())),
)
def test_nothing_but_a_clear_refusal_comes_of_nonsense(nonsense, key):
    data = EXERCISE.to_dict() | {key: nonsense}
    with contextlib.suppress(InvalidInputError):
        Divergence.from_dict(data)


def test_a_decimal_keeps_its_zeros():
    one = np.ones(1)
    d = Divergence(0.0, "nats", "exact", Exact(), Terms((Decimal("1.10"),), one, one, one))
    assert str(Divergence.from_json(d.to_json()).terms.outcomes[0]) == "1.10"
