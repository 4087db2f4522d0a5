"""Working in blocks changes nothing: not the answers, whatever the shape, the strides and the dtype."""

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest

from kullback.kernels import blocks, portable
from kullback.kernels import numpy as primitives
from kullback.kernels.blocks import BLOCK

SHAPES = (
    (3 * BLOCK + 5,),
    (7, BLOCK // 3),
    (2, 3, BLOCK // 2 + 1),
    (3, 2 * BLOCK),
    (2 * BLOCK, 2),
    (5, 1, 4, 6),
    (0, 4),
    (3, 0, 4),
)


@pytest.fixture(autouse=True)
def without_the_compiled_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(primitives, "_core", None)


def weights(shape: tuple[int, ...], seed: int, dtype: Any = np.float64) -> Any:
    return np.random.default_rng(seed).random(shape).astype(dtype) + dtype(0.01)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", ["log_ratio", "kl_terms"])
def test_elements(shape: tuple[int, ...], name: str) -> None:
    p, q = weights(shape, 1), weights(shape[-1:], 2)
    expected = getattr(portable, name)(np, p, np.broadcast_to(q, shape))
    np.testing.assert_array_equal(getattr(primitives, name)(p, q), expected, strict=True)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", ["kl_divergence", "kl_divergence_from_logits", "kl_divergence_of_weights"])
def test_rows(shape: tuple[int, ...], name: str) -> None:
    p, q = weights(shape, 3), weights(shape[-1:], 4)
    expected = getattr(portable, name)(np, p, np.broadcast_to(q, shape))
    np.testing.assert_allclose(getattr(primitives, name)(p, q), expected, rtol=1e-14, strict=True)


def test_rows_that_are_strided_reversed_and_transposed() -> None:
    p, q = weights((BLOCK, 24), 5), weights((24, BLOCK), 6)
    expected = portable.kl_divergence(np, p[::3, ::-1].copy(), q.T[::3].copy())
    np.testing.assert_array_equal(primitives.kl_divergence(p[::3, ::-1], q.T[::3]), expected)


def test_single_precision_and_integers_are_computed_in_double() -> None:
    p, q = weights((4, BLOCK), 7, np.float32), weights((4, BLOCK), 8, np.float32)
    value = primitives.kl_divergence(p, q)
    assert value.dtype == np.float32
    expected = portable.kl_divergence(np, p.astype(float), q.astype(float)).astype(np.float32)
    np.testing.assert_array_equal(value, expected)
    assert primitives.kl_terms(np.arange(1, 4), 2) == pytest.approx(
        [1 - math.log(2), 0, 3 * math.log(1.5) - 1], abs=1e-15
    )


def test_gradients_are_written_row_by_row() -> None:
    p, q = weights((3, BLOCK), 9), weights((BLOCK,), 10)
    value, by_p, by_q = primitives.kl_divergence_and_grad(p, q)
    for row in range(3):
        one, one_by_p, one_by_q = primitives.kl_divergence_and_grad(p[row], q)
        assert value[row] == one
        np.testing.assert_array_equal(by_p[row], one_by_p)
        np.testing.assert_array_equal(by_q[row], one_by_q)


def test_a_single_number_stays_one() -> None:
    assert isinstance(primitives.log_ratio(0.5, 0.25), np.float64)
    assert isinstance(primitives.kl_divergence([0.5, 0.5], [0.25, 0.75]), np.float64)


def test_memory_does_not_grow_with_the_arguments() -> None:
    p, q = weights((64 * BLOCK,), 11), weights((64 * BLOCK,), 12)
    tracemalloc.start()
    try:
        primitives.kl_divergence(p, q)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < p.nbytes / 2


def test_a_row_is_covered_by_its_pieces() -> None:
    for n in (0, 1, BLOCK - 1, BLOCK, BLOCK + 1):
        covered = [i for piece in blocks.pieces(n) for i in range(n)[piece]]
        assert covered == list(range(n))
