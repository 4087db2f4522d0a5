"""Each way to be no distribution has its own error: the value met, the rule, and the way out."""

import math

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import torch
from tests.kernels.frameworks import MAKERS

import kullback
from kullback.errors import (
    DtypeError,
    InvalidInputError,
    InvalidTypeError,
    KullbackError,
    NormalizationError,
    ShapeError,
    ValueRangeError,
)
from kullback.kernels import validation

GOOD = [0.25, 0.75]
ROWS = [[0.25, 0.75], [0.5, 0.5]]

BAD_PROBABILITIES = [
    (
        [-0.5, 1.5],
        ValueRangeError,
        r"^p\[0\] = -0\.5; a probability is not negative.*kl_divergence_from_logits",
    ),
    ([[0.5, 0.5], [1.5, -0.5]], ValueRangeError, r"^p\[1, 1\] = -0\.5;"),
    ([0.5, math.nan], ValueRangeError, r"^p\[1\] = nan; a probability is a number.*where="),
    ([0.5, math.inf], ValueRangeError, r"^p\[1\] = inf; a probability is finite.*overflow"),
    ([0.5, -math.inf], ValueRangeError, r"^p\[1\] = -inf; a probability is not negative"),
    (
        [0.5, 0.6],
        NormalizationError,
        r"^p sums to 1\.1, .* sum to 1 \(within 1e-09.*normalize=True.*Counts.*Logits",
    ),
    ([[0.5, 0.5], [0.5, 0.6]], NormalizationError, r"^p\[1, :\] sums to 1\.1"),
    ([0.0, 0.0], NormalizationError, r"^p sums to 0, "),
    ([0.5, 0.5 + 1e-8], NormalizationError, r"^p sums to 1\.00000001, "),
]


@pytest.mark.parametrize("framework", MAKERS)
@pytest.mark.parametrize(("p", "error", "words"), BAD_PROBABILITIES)
def test_what_is_no_probability_is_named(framework, p, error, words):
    make = MAKERS[framework]
    with pytest.raises(error, match=words):
        kullback.kl_divergence(make(p), make(GOOD))
    with pytest.raises(error, match=words.replace("^p", "^q")):
        kullback.js_divergence(make(GOOD), make(p))
    with pytest.raises(error, match=words):
        kullback.entropy(make(p))


@pytest.mark.parametrize(
    ("p", "words"),
    [
        ([1 + 1j, 0], r"complex128; complex numbers have no order.*p\.real"),
        (np.array([0.5, None]), "object; Python objects"),
        (["a", "b"], "str.*real numbers"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "datetime64.*real numbers"),
        (np.array(GOOD, dtype=np.longdouble), "float128.*float32 and float64"),
        (np.array(GOOD, dtype=ml_dtypes.float8_e4m3fn), "float8_e4m3fn.*float32 and float64"),
        ([1, 3], r"p\[1\] = 3 in an array of dtype int64.*only as 0 and 1.*normalize=True.*Counts"),
        ([[0, 1], [2, -1]], r"p\[1, 0\] = 2 "),
    ],
)
def test_what_holds_no_probabilities_is_a_dtype_error(p, words):
    with pytest.raises(DtypeError, match=words):
        kullback.kl_divergence(p, GOOD)


@pytest.mark.parametrize("framework", MAKERS)
@pytest.mark.parametrize("one_hot", [[0, 1], [False, True]])
def test_zeros_and_ones_are_probabilities_whatever_their_type(framework, one_hot):
    make = MAKERS[framework]
    value = kullback.kl_divergence(make(one_hot), make(GOOD))
    assert float(value) == pytest.approx(math.log(4 / 3), rel=1e-15, abs=0)
    both = kullback.kl_divergence(make(one_hot), make(one_hot))
    assert float(both) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"axis": 2}, r"axis=2 does not exist in 2 dimensions; use 0 to 1, or -2 to -1"),
        ({"axis": -3}, "axis=-3 does not exist"),
        ({"axis": (0, -2)}, r"axis=\(0, -2\) names an axis twice"),
        ({"axis": 1.5}, r"axis=1\.5 is not an axis"),
        ({"axis": ()}, "no outcomes along axis"),
        ({"where": [True, False, True]}, r"where has the shape \(3,\), which does not broadcast to \(2, 2\)"),
        ({"where": [[[True, True]]]}, r"where has the shape \(1, 1, 2\)"),
        ({"where": [[True, True], [False, False]]}, r"where\[1, :\] is False everywhere"),
    ],
)
def test_options_that_do_not_fit_the_shape(options, words):
    with pytest.raises(ShapeError, match=words):
        kullback.kl_divergence(ROWS, ROWS, **options)


@pytest.mark.parametrize(
    ("p", "q", "words"),
    [
        (GOOD, [0.2, 0.3, 0.5], r"shapes of p \(2,\) and q \(3,\) do not broadcast"),
        ([1.0], GOOD, r"outcomes of p \(1,\) and q \(2,\) differ in number along axis -1"),
        ([], [], r"p has the shape \(0,\), with no outcomes along axis -1"),
        (np.zeros((3, 0)), np.zeros((3, 0)), r"\(3, 0\), with no outcomes"),
        (0.5, 0.5, "axis=-1 does not exist in a single number"),
    ],
)
def test_shapes_that_do_not_go_together(p, q, words):
    with pytest.raises(ShapeError, match=words):
        kullback.kl_divergence(p, q)


def test_a_batch_without_rows_has_no_values_and_is_no_error():
    assert kullback.kl_divergence(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)
    assert kullback.js_divergence(np.zeros((0, 3)), np.full(3, 1 / 3)).shape == (0,)


def test_where_holds_booleans():
    with pytest.raises(DtypeError, match="where has the dtype int64"):
        kullback.kl_divergence(GOOD, GOOD, where=[1, 1])
    with pytest.raises(InvalidTypeError, match="p is a PyTorch array and where a NumPy array"):
        kullback.kl_divergence(torch.tensor(GOOD), torch.tensor(GOOD), where=np.array([True, True]))


@pytest.mark.parametrize("framework", MAKERS)
@pytest.mark.parametrize(
    ("a", "words"),
    [
        ([0.0, math.nan], r"^p_logits\[1\] = nan; a logit is a number"),
        ([0.0, math.inf], r"^p_logits\[1\] = inf;"),
        ([[0.0, 1.0], [-math.inf, -math.inf]], r"^p_logits\[1, :\] is -inf everywhere"),
    ],
)
def test_logits(framework, a, words):
    make = MAKERS[framework]
    with pytest.raises(ValueRangeError, match=words):
        kullback.kl_divergence_from_logits(make(a), make([0.0, 1.0]))


@pytest.mark.parametrize("framework", MAKERS)
@pytest.mark.parametrize(
    ("a", "error", "words"),
    [
        (
            [0.5, -1.0],
            ValueRangeError,
            r"^p_log_probs\[0\] = 0\.5; the logarithm of a probability is at most 0",
        ),
        ([math.nan, -1.0], ValueRangeError, r"^p_log_probs\[0\] = nan"),
        ([-1.0, -1.0], NormalizationError, r"exponentials of p_log_probs sum to 0\.7357.*from_logits"),
        ([-math.inf, -math.inf], NormalizationError, r"exponentials of p_log_probs sum to 0,"),
    ],
)
def test_log_probabilities(framework, a, error, words):
    make = MAKERS[framework]
    with pytest.raises(error, match=words):
        kullback.kl_divergence_from_log_probs(make(a), make([math.log(0.5), math.log(0.5)]))


def test_booleans_are_not_logits_but_integers_are():
    with pytest.raises(DtypeError, match=r"bool; logits are numbers.*where="):
        kullback.kl_divergence_from_logits([True, False], [0.0, 1.0])
    assert kullback.kl_divergence_from_logits([2, 1], [3, 2]) == 0


@pytest.mark.parametrize(
    ("counts", "error", "words"),
    [
        ([0, 0], NormalizationError, "^p sums to 0, and no weights can be divided by that"),
        ([[1, 2], [0, 0]], NormalizationError, r"^p\[1, :\] sums to 0"),
        ([-1, 3], ValueRangeError, r"^p\[0\] = -1(\.0)?; a weight is not negative"),
        ([math.nan, 3], ValueRangeError, r"^p\[0\] = nan; a weight is a number"),
        ([1e308, 1e308], ValueRangeError, "^p sums to more than float64 holds"),
    ],
)
def test_weights(counts, error, words):
    with pytest.raises(error, match=words):
        kullback.kl_divergence(counts, GOOD, normalize=True)


def test_every_error_is_a_value_error_or_a_type_error_and_ours():
    for error in (ValueRangeError, NormalizationError, ShapeError):
        assert issubclass(error, (ValueError, InvalidInputError))
    for error in (DtypeError, InvalidTypeError):
        assert issubclass(error, TypeError)
        assert issubclass(error, KullbackError)


def test_an_outcome_that_q_rules_out_is_an_answer():
    assert kullback.kl_divergence([0.5, 0.5], [1.0, 0.0]) == math.inf


@pytest.mark.parametrize(
    ("dtype", "n", "tolerance"),
    [
        ("float64", 2, 1e-9),
        ("float64", 10**13, 2.0**-52 * (64 + 8 * 10**6.5)),
        ("float32", 2, 1e-5),
        ("float32", 32_000, 2.0**-23 * (64 + 8 * math.sqrt(32_000))),
        ("float16", 50, 2e-2),
        ("bfloat16", 50_000, 2e-2),
    ],
)
def test_the_tolerance_of_a_sum(dtype, n, tolerance):
    assert validation.sum_tolerance(dtype, n) == pytest.approx(tolerance, rel=1e-12)


@pytest.mark.parametrize(("dtype", "floor"), [(np.float64, 1e-9), (np.float32, 1e-5), (np.float16, 2e-2)])
def test_sums_pass_up_to_the_tolerance_on_the_fast_road_and_the_slow_one(dtype, floor):
    q = np.array([0.5, 0.5], dtype=dtype)
    for share, passes in ((0.5, True), (2.0, False)):
        p = np.array([0.5, 0.5 + share * floor], dtype=dtype)
        for options in ({}, {"keepdims": True}):
            if passes:
                assert kullback.kl_divergence(p, q, **options) >= 0
            else:
                with pytest.raises(NormalizationError):
                    kullback.kl_divergence(p, q, **options)


def test_a_large_softmax_in_a_half_type_passes():
    generator = np.random.default_rng(0)
    logits = torch.tensor(generator.standard_normal((4, 32_000)))
    for dtype in (torch.bfloat16, torch.float16, torch.float32):
        p = torch.softmax(logits, -1).to(dtype)
        assert (kullback.kl_divergence(p, p) == 0).all()
        log_p = torch.log_softmax(logits, -1).to(dtype)
        assert (kullback.kl_divergence_from_log_probs(log_p, log_p) == 0).all()


def test_nothing_is_checked_where_the_caller_says_so():
    value = kullback.kl_divergence(np.array([-0.5, 1.5]), np.array(GOOD), validate=False)
    assert np.isnan(value)
    kullback.kl_divergence(np.array([0.5, 0.6]), np.array(GOOD), validate=False)
    with pytest.raises(ShapeError):
        kullback.kl_divergence(np.array([0.5, 0.5]), np.array([0.2, 0.3, 0.5]), validate=False)
    with pytest.raises(DtypeError):
        kullback.kl_divergence(np.array([0.5j, 0.5]), np.array(GOOD), validate=False)


def test_without_validation_no_tensor_is_looked_at(monkeypatch):
    def looked(self):
        raise AssertionError("a look at a value waits for the device")

    p = torch.tensor(GOOD, requires_grad=True)
    for name in ("__bool__", "__float__", "item", "tolist", "cpu"):
        monkeypatch.setattr(torch.Tensor, name, looked)
    for function in (kullback.kl_divergence, kullback.js_distance, kullback.cross_entropy):
        function(p, p.detach().flip(0), validate=False).sum().backward()
    with pytest.raises(AssertionError, match="a look"):
        kullback.kl_divergence(p, p)


def test_one_look_serves_both_tensors(monkeypatch):
    looks = []
    plain = torch.Tensor.__bool__
    monkeypatch.setattr(torch.Tensor, "__bool__", lambda self: looks.append(1) or plain(self))
    kullback.js_divergence(torch.tensor(ROWS), torch.tensor(ROWS))
    assert len(looks) == 1


def test_validation_leaves_the_graph_whole():
    p = torch.tensor(GOOD, dtype=torch.float64, requires_grad=True)
    kullback.kl_divergence(p, torch.tensor([0.5, 0.5], dtype=torch.float64)).backward()
    expected = np.log(np.array(GOOD) / 0.5)
    expected -= (np.array(GOOD) * expected).sum()
    np.testing.assert_allclose(p.grad.numpy(), expected, rtol=1e-14)


def test_traced_values_are_not_checked():
    bad, good = jnp.asarray([-0.5, 1.5]), jnp.asarray(GOOD)
    assert jnp.isnan(jax.jit(kullback.kl_divergence)(bad, good))
    rows = torch.tensor([[0.5, 0.7], [0.5, 0.5]])
    assert torch.vmap(kullback.kl_divergence)(rows, rows.flip(-1)).shape == (2,)
    with pytest.raises(NormalizationError):
        kullback.kl_divergence(rows, rows.flip(-1))


def test_checks_alone_take_the_last_axis_of_any_array():
    validation.check_probabilities(np.array(GOOD))
    validation.check_weights(np.array([3, 4]), "n")
    validation.check_logits([1, 2])
    validation.check_log_probabilities(np.log(GOOD))
    with pytest.raises(NormalizationError, match=r"^x sums to 7"):
        validation.check_probabilities([3.0, 4.0], "x")
    with pytest.raises(DtypeError, match=r"^x\[0\] = 3 "):
        validation.check_probabilities([3, 4], "x")
    with pytest.raises(ShapeError, match="with no outcomes"):
        validation.check_logits([], "x")
    with pytest.raises(ShapeError, match="with no outcomes"):
        validation.check_weights(3.0, "x")


def test_the_row_is_named_along_any_axis():
    with pytest.raises(NormalizationError, match=r"^p\[:, 1\] sums to 1\.25"):
        kullback.kl_divergence([[0.5, 0.5], [0.5, 0.75]], [[0.5, 0.5], [0.5, 0.5]], axis=0)
    with pytest.raises(NormalizationError, match=r"^p sums to 2, "):
        kullback.kl_divergence(ROWS, ROWS, axis=None)
