"""The public functions of D(p ‖ q): options, dtypes, frameworks, zeros; values against 60 digits."""

import math

import ml_dtypes
import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from tests.kernels import exact_values as exact
from tests.kernels.frameworks import MAKERS, numbers

import kullback
from kullback.errors import InvalidInputError, InvalidTypeError, ShapeError
from kullback.kernels import divergences
from kullback.units import per_nat

RNG = np.random.default_rng(20240607)
P, Q = RNG.dirichlet(np.ones(12), size=(3, 4)), RNG.dirichlet(np.ones(12), size=(3, 4))
KL = np.array([[float(exact.kl(P[i, j], Q[i, j])) for j in range(4)] for i in range(3)])


@pytest.fixture(params=MAKERS)
def make(request):
    return MAKERS[request.param]


def close(found, expected, units=6):
    found = numbers(found)
    np.testing.assert_allclose(found, expected, rtol=units * np.finfo(found.dtype).eps / 2, atol=0)


def test_values(make):
    close(kullback.kl_divergence(make(P), make(Q)), KL)
    close(kullback.kl_divergence_from_logits(make(np.log(P) + 3), make(np.log(Q))), KL, 100)
    close(kullback.kl_divergence_from_log_probs(make(np.log(P)), make(np.log(Q))), KL, 100)


@pytest.mark.parametrize("gap", [1e-1, 1e-3, 1e-6, 1e-9, 1e-12])
def test_values_near_equality(make, gap):
    q = P[0, 0] * (1 + gap * RNG.standard_normal(12))
    q /= q.sum()
    close(kullback.kl_divergence(make(P[0, 0]), make(q)), float(exact.kl(P[0, 0], q)))
    close(
        kullback.kl_divergence(make(P[0, 0] * 7), make(q), normalize=True),
        float(exact.kl(P[0, 0] * 7, q)),
        12,
    )


def test_scipy_agrees_where_it_is_accurate():
    close(kullback.kl_divergence(P, Q), scipy.special.rel_entr(P, Q).sum(-1), 40)
    close(kullback.kl_divergence(P, Q, unit="bits"), scipy.stats.entropy(P, Q, axis=-1, base=2), 40)
    close(kullback.rel_entr(P, Q), scipy.special.rel_entr(P, Q), 60)
    value = torch.nn.functional.kl_div(torch.tensor(np.log(Q)), torch.tensor(P), reduction="none").sum(-1)
    close(value, KL, 60)


def test_axes(make):
    p, q = make(np.moveaxis(P, -1, 0).copy()), make(np.moveaxis(Q, -1, 0).copy())
    for axis in (0, -3):
        close(kullback.kl_divergence(p, q, axis=axis), KL)
    kept = kullback.kl_divergence(p, q, axis=0, keepdims=True)
    assert kept.shape == (1, 3, 4)
    close(kept, KL[None])


def test_several_axes_hold_the_outcomes(make):
    p, q = P / 3, Q / 3
    expected = [float(exact.kl(p[:, j].ravel(), q[:, j].ravel())) for j in range(4)]
    for axis in ((0, 2), (2, 0), (-1, -3)):
        close(kullback.kl_divergence(make(p), make(q), axis=axis), expected)
        assert kullback.kl_divergence(make(p), make(q), axis=axis, keepdims=True).shape == (1, 4, 1)
    everything = kullback.kl_divergence(make(P / 12), make(Q / 12), axis=None)
    assert everything.shape == ()
    close(everything, float(exact.kl(P.ravel(), Q.ravel())))
    assert kullback.kl_divergence(make(P / 12), make(Q / 12), axis=None, keepdims=True).shape == (1, 1, 1)


def test_batch_axes_broadcast(make):
    table = kullback.kl_divergence(make(P[0, :, None]), make(Q[0, None, :]))
    assert table.shape == (4, 4)
    close(table, [[float(exact.kl(a, b)) for b in Q[0]] for a in P[0]])
    close(kullback.kl_divergence(make(P[0, 0]), make(Q[0])), [float(exact.kl(P[0, 0], b)) for b in Q[0]])
    close(kullback.js_divergence(make(P[0]), make(Q[0, 0])), [float(exact.js(a, Q[0, 0])) for a in P[0]])


@pytest.mark.parametrize("unit", ["nats", "bits", "bans"])
def test_units_scale_values_and_gradients(unit):
    close(kullback.kl_divergence(P, Q, unit=unit), KL * per_nat(unit))
    close(kullback.kl_terms(P, Q, unit=unit), kullback.kl_terms(P, Q) * per_nat(unit))
    value, by_p, by_q = kullback.kl_divergence_and_grad(P, Q, unit=unit)
    _, nats_p, nats_q = kullback.kl_divergence_and_grad(P, Q)
    close(value, KL * per_nat(unit))
    close(by_p, nats_p * per_nat(unit))
    close(by_q, nats_q * per_nat(unit))
    with pytest.raises(InvalidInputError, match="unit='bit'"):
        kullback.kl_divergence(P, Q, unit="bit")


def test_where_leaves_outcomes_out_as_if_deleted(make):
    keep = np.array([True] * 9 + [False] * 3)
    p, q = P[0].copy(), Q[0].copy()
    for x in (p, q):
        x[:, :9] /= x[:, :9].sum(-1, keepdims=True)
        x[:, 9:] = np.nan  # what is left out is never looked at
    short = kullback.kl_divergence(p[:, :9].copy(), q[:, :9].copy())
    close(kullback.kl_divergence(make(p), make(q), where=make(keep)), short)
    logits = [np.where(keep, np.log(x), 7.0) for x in (p, q)]
    with np.errstate(invalid="ignore"):
        close(kullback.kl_divergence_from_logits(*map(make, logits), where=make(keep)), short, 60)


def test_where_may_be_a_list_and_may_differ_by_row(make):
    p, q = make([[0.5, 0.5, 0.3], [1.0, 0.25, 0.75]]), make([[0.25, 0.75, 0.3], [0.2, 0.5, 0.5]])
    where = [[True, True, False], [False, True, True]]
    close(
        kullback.kl_divergence(p, q, where=where),
        [float(exact.kl([0.5, 0.5], [0.25, 0.75])), float(exact.kl([0.25, 0.75], [0.5, 0.5]))],
    )


def test_weights_with_any_sums(make):
    counts = np.array([[3, 1, 4], [1, 5, 9]])
    expected = [float(exact.kl(row, [2, 6, 5])) for row in counts]
    close(kullback.kl_divergence(make(counts), make(np.array([2, 6, 5])), normalize=True), expected)
    assert float(kullback.kl_divergence(make(counts[0]), make(counts[0] * 3.0), normalize=True)) == 0


def test_zeros(make):
    p = make([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    q = make([[0.5, 0.25, 0.25], [0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])
    expected = [float(exact.kl([0.5, 0.5, 0.0], [0.5, 0.25, 0.25])), 0.0, math.inf]
    np.testing.assert_allclose(numbers(kullback.kl_divergence(p, q)), expected, rtol=1e-15)
    with np.errstate(divide="ignore"):
        a, b = make(np.log(numbers(p))), make(np.log(numbers(q)))
    np.testing.assert_allclose(numbers(kullback.kl_divergence_from_log_probs(a, b)), expected, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, ml_dtypes.bfloat16])
def test_dtypes_are_kept_and_accurate(dtype):
    p, q = P[0].astype(dtype), Q[0].astype(dtype)
    exactly = [float(exact.kl(a, b)) for a, b in zip(p.astype(float), q.astype(float), strict=True)]
    value = kullback.kl_divergence(p, q)
    assert value.dtype == dtype
    u = float(ml_dtypes.finfo(dtype).eps) / 2
    np.testing.assert_allclose(
        value.astype(float), exactly, rtol=6 * u if u < 1e-6 else u * (1 + 1e-3), atol=0
    )


@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float16", "float32"), ("bfloat16", "float32")])
def test_mixed_dtypes_promote(dtypes):
    p, q = (torch.tensor([0.25, 0.75], dtype=getattr(torch, d)) for d in dtypes)
    assert kullback.kl_divergence(p, q).dtype == getattr(torch, dtypes[1])
    assert kullback.kl_divergence(q, p).dtype == getattr(torch, dtypes[1])


def test_two_half_types_meet_in_float32():
    p, q = torch.tensor([0.25, 0.75]).half(), torch.tensor([0.5, 0.5]).bfloat16()
    assert kullback.kl_divergence(p, q).dtype == torch.float32


def test_big_endian_and_strided_arrays():
    close(kullback.kl_divergence(P.astype(">f8"), Q.astype(">f8")), KL)
    close(kullback.kl_divergence(np.repeat(P, 2, axis=-1)[..., ::2], Q[..., :]), KL)


def test_terms_add_up_and_never_cancel(make):
    terms = kullback.kl_terms(make(P), make(Q))
    assert (numbers(terms) >= 0).all()
    close(numbers(terms).sum(-1), KL, 20)
    signed = kullback.rel_entr(make(P), make(Q))
    exactly = np.vectorize(lambda a, b: float(exact.mpf(a) * exact.mpmath.log(exact.mpf(a) / exact.mpf(b))))(
        P, Q
    )
    close(signed, exactly)


def test_terms_of_zeros_and_of_what_is_no_probability(make):
    p, q = make([0.0, 0.0, 0.5, -1.0, math.nan, 1.0]), make([0.0, 0.5, 0.0, 1.0, 1.0, -1.0])
    np.testing.assert_array_equal(
        numbers(kullback.kl_terms(p, q)), [0, 0.5, math.inf, math.nan, math.nan, math.nan]
    )
    np.testing.assert_array_equal(
        numbers(kullback.rel_entr(p, q)), [0, 0, math.inf, math.nan, math.nan, math.nan]
    )


def test_terms_take_counts_and_broadcast():
    terms = kullback.kl_terms(np.array([[3], [4]]), np.array([1.0, 2.0, 3.0]))
    assert terms.shape == (2, 3)
    close(terms, scipy.special.kl_div([[3.0], [4.0]], [1.0, 2.0, 3.0]), 60)
    with pytest.raises(ShapeError, match="do not broadcast"):
        kullback.rel_entr(np.ones(2), np.ones(3))


def test_value_and_gradients():
    value, by_p, by_q = kullback.kl_divergence_and_grad(P, Q)
    close(value, KL)
    for i, j in ((0, 0), (2, 3)):
        slopes = exact.slopes(exact.kl, P[i, j], Q[i, j])
        np.testing.assert_allclose(by_p[i, j], slopes[0], rtol=1e-14)
        np.testing.assert_allclose(by_q[i, j], slopes[1], rtol=1e-14)


def test_gradients_stay_in_the_shape_of_the_arguments():
    value, by_p, by_q = kullback.kl_divergence_and_grad(P.transpose(2, 0, 1), Q.transpose(2, 0, 1), axis=0)
    assert value.shape == (3, 4)
    assert by_p.shape == by_q.shape == (12, 3, 4)
    np.testing.assert_array_equal(by_p, kullback.kl_divergence_and_grad(P, Q)[1].transpose(2, 0, 1))


def test_gradients_are_for_numpy_arrays():
    with pytest.raises(InvalidTypeError, match=r"PyTorch arrays; .*torch\.autograd"):
        kullback.kl_divergence_and_grad(torch.tensor(P), torch.tensor(Q))


@pytest.mark.skipif(not divergences.native.available, reason="the compiled core was not built")
def test_plain_calls_take_the_fast_road(monkeypatch):
    def slow(*_, **__):
        raise AssertionError("the slow road was taken")

    monkeypatch.setattr(divergences, "over_events", slow)
    close(kullback.kl_divergence(P, Q), KL)
    close(kullback.kl_divergence(P[0, 0].astype(np.float32), Q[0, 0].astype(np.float32)), KL[0, 0], 2**30)
    with pytest.raises(AssertionError):
        kullback.kl_divergence(P, Q, keepdims=True)


def test_both_roads_give_the_same_number():
    fast, slow = kullback.kl_divergence(P, Q), kullback.kl_divergence(P, Q, validate=False)
    np.testing.assert_array_equal(fast, slow)
    assert type(kullback.kl_divergence(P[0, 0], Q[0, 0])) is type(
        kullback.kl_divergence(P[0, 0], Q[0, 0], axis=0)
    )
