"""The picture: every term drawn at its size and named, nothing colliding, nothing global touched."""

import io
import math
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.image import imread
from report_cases import ALL, BOTH, ESTIMATED, EXERCISE, HOSTILE, INFINITE, MANY, SAME, divergence

from kullback.errors import InvalidInputError

DRAWN = [d for d in ALL if d.terms is not None]


def _texts(figure):
    return [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]


@pytest.mark.parametrize("d", DRAWN)
def test_no_two_texts_touch_and_none_leaves_the_picture(d):
    figure = d.plot()
    renderer = figure.canvas.get_renderer()
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in _texts(figure)]
    whole = figure.bbox
    for i, (words, box) in enumerate(boxes):
        assert box.x0 >= whole.x0 - 1, words
        assert box.x1 <= whole.x1 + 1, words
        assert box.y0 >= whole.y0 - 1, words
        assert box.y1 <= whole.y1 + 1, words
        for other_words, other in boxes[:i]:
            apart = box.x1 < other.x0 or other.x1 < box.x0 or box.y1 <= other.y0 + 1 or other.y1 <= box.y0 + 1
            assert apart, (words, other_words)


def test_bars_are_the_terms_from_the_largest_to_the_smallest():
    _, parts = EXERCISE.plot().axes
    lengths = [bar.get_width() for bar in parts.patches]
    assert lengths == sorted(EXERCISE.terms.contributions, reverse=True)
    texts = [text.get_text() for text in parts.texts]
    assert texts == ["0.1116", "0", "−0.0863"]


def test_dots_are_the_probabilities():
    probabilities, _ = EXERCISE.plot().axes
    dots = {tuple(line.get_xdata()) for line in probabilities.lines if len(line.get_xdata()) == 3}
    assert dots == {(0.5, 0.2, 0.3), (0.4, 0.2, 0.4)}


def test_infinity_is_an_arrow_at_its_name():
    figure = INFINITE.plot()
    parts = figure.axes[1]
    assert [text.get_text() for text in parts.texts].count("∞") == 1
    assert [line.get_marker() for line in parts.lines].count(">") == 1
    assert len(parts.patches) == 3
    names = [text.get_text() for text in figure.texts if text.get_text() in "abcd"]
    assert names[0] == "c"


def test_the_others_are_summed_without_a_bar():
    figure = MANY.plot(max_terms=10)
    assert len(figure.axes[1].patches) == 10
    parts = sorted(np.abs(MANY.terms.contributions))[:-10]
    assert len(parts) == 990
    words = [text.get_text() for text in _texts(figure)]
    assert "990 others" in words
    order = np.argsort(-np.abs(MANY.terms.contributions), kind="stable")[10:]
    assert f"{math.fsum(MANY.terms.contributions[order]):.4f} in all" in words


def test_identical_distributions_whose_first_outcomes_are_impossible():
    d = divergence([0.0] * 40 + [1.0], [0.0] * 40 + [1.0])
    assert len(d.plot(max_terms=5).axes) == 2
    assert SAME.plot() is not None


@pytest.mark.parametrize(
    ("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("PNG", b"\x89PNG")]
)
def test_the_suffix_names_the_format(tmp_path, suffix, start):
    path = tmp_path / f"picture.{suffix}"
    EXERCISE.plot(path)
    assert path.read_bytes().startswith(start)
    assert [x.name for x in tmp_path.iterdir()] == [path.name]


def test_unknown_suffixes_are_refused_before_anything_is_written(tmp_path):
    for name in ("picture.jpeg", "picture", "picture.png.txt"):
        with pytest.raises(InvalidInputError, match=r"\.png, \.svg or \.pdf"):
            EXERCISE.plot(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "picture.png"
    path.write_bytes(b"old")

    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        EXERCISE.plot(path)
    assert path.read_bytes() == b"old"
    assert [x.name for x in tmp_path.iterdir()] == ["picture.png"]


def test_questions_that_cannot_be_drawn_are_refused():
    with pytest.raises(InvalidInputError, match="gives no terms"):
        ESTIMATED.plot()
    with pytest.raises(InvalidInputError, match="max_terms=0"):
        EXERCISE.plot(max_terms=0)
    p = [1 / 2000] * 2000
    with pytest.raises(InvalidInputError, match="room for 1000"):
        divergence(p, p).plot(max_terms=2000)


def test_nothing_global_changes_and_settings_of_the_user_do_no_harm():
    before = dict(matplotlib.rcParams)
    plain = EXERCISE.plot()._repr_png_()
    assert dict(matplotlib.rcParams) == before
    with matplotlib.rc_context({"axes.facecolor": "black", "text.color": "white", "axes.grid": True}):
        assert np.array_equal(imread(io.BytesIO(EXERCISE.plot()._repr_png_())), imread(io.BytesIO(plain)))


def test_pyplot_is_not_loaded():
    code = (
        "import sys, numpy as np; from kullback.result import *; one = np.ones(1);"
        "Divergence(0.0, 'nats', 'exact', Exact(), Terms(('a',), one, one, 0 * one)).plot();"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_matplotlib_the_message_has_the_command():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import numpy as np; from kullback.result import *; from kullback.errors import MissingExtraError\n"
        "one = np.ones(1)\n"
        "try: Divergence(0.0, 'nats', 'exact', Exact(), Terms(('a',), one, one, 0 * one)).plot()\n"
        "except MissingExtraError as error: assert \"pip install 'kullback[plot]'\" in str(error)\n"
        "else: raise SystemExit('no error')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_dollar_signs_and_control_characters_are_only_shown():
    words = " ".join(text.get_text() for text in _texts(HOSTILE.plot()))
    assert "$P$ <b>&" in words
    assert "\x1b" not in words
    assert not any(text.get_parse_math() for text in _texts(HOSTILE.plot()))


def test_both_sides_are_named_beside_their_marks():
    words = [text.get_text() for text in BOTH.plot().texts]
    assert "● English" in words
    assert "○ French" in words
