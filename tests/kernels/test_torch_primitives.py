"""PyTorch primitives: derivatives of both orders, every transform, and what happens at zeros."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from kullback.kernels import torch as kernels

PRIMITIVES = (
    kernels.log_ratio,
    kernels.kl_terms,
    kernels.kl_divergence,
    kernels.kl_divergence_of_weights,
    kernels.kl_divergence_from_logits,
)
Primitive = Callable[[Tensor, Tensor], Tensor]
INF = math.inf

# Forward mode and the compiler import parts of torch that torch itself deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")


@pytest.fixture
def pair() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    p, q = (torch.rand(3, 5, generator=generator, dtype=torch.float64) + 0.1 for _ in range(2))
    return p / p.sum(-1, keepdim=True) * 1.01, q / q.sum(-1, keepdim=True)


def slopes(function: Primitive, p: object, q: object) -> tuple[list[float], list[float]]:
    x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (p, q))
    by_p, by_q = torch.autograd.grad(function(x, y).sum(), (x, y))
    return by_p.tolist(), by_q.tolist()


@pytest.mark.parametrize("primitive", PRIMITIVES)
def test_first_and_second_derivatives(primitive: Primitive, pair: tuple[Tensor, Tensor]) -> None:
    inputs = tuple(x.requires_grad_() for x in pair)
    options = {"check_batched_grad": True}
    assert torch.autograd.gradcheck(primitive, inputs, check_forward_ad=True, **options)
    assert torch.autograd.gradgradcheck(primitive, inputs, check_fwd_over_rev=True, **options)


@pytest.mark.parametrize("primitive", PRIMITIVES)
def test_transforms_of_torch_func(primitive: Primitive, pair: tuple[Tensor, Tensor]) -> None:
    def summed(p: Tensor, q: Tensor) -> Tensor:
        return primitive(p, q).sum()

    p, q = pair
    x = p.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(summed(x, q), x)
    torch.testing.assert_close(torch.vmap(torch.func.grad(summed))(p, q), gradient)
    torch.testing.assert_close(torch.func.jacrev(summed)(p, q), gradient)
    torch.testing.assert_close(torch.func.jacfwd(summed)(p, q), gradient)
    torch.testing.assert_close(torch.vmap(primitive, in_dims=(0, None))(p, q[0]), primitive(p, q[0]))
    torch.testing.assert_close(torch.vmap(primitive, in_dims=(1, 1))(p.T, q.T), primitive(p, q))
    hessian = torch.autograd.functional.hessian(lambda v: summed(v, q[0]), p[0])
    torch.testing.assert_close(torch.func.hessian(summed)(p[0], q[0]), hessian)


# Dynamo makes an instance of every autograd.Function that it traces, which torch itself warns of.
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_compiled_as_one_graph_with_its_derivatives(pair: tuple[Tensor, Tensor]) -> None:
    inputs = [x.requires_grad_() for x in pair]
    compiled = torch.compile(kernels.kl_divergence, fullgraph=True)
    eager, traced = kernels.kl_divergence(*inputs), compiled(*inputs)
    torch.testing.assert_close(traced, eager, rtol=1e-15, atol=0)
    for found, expected in zip(
        torch.autograd.grad(traced.sum(), inputs), torch.autograd.grad(eager.sum(), inputs), strict=True
    ):
        torch.testing.assert_close(found, expected, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("function", [kernels.kl_divergence, kernels.kl_divergence_of_weights])
def test_slopes_at_zeros(function: Primitive) -> None:
    p, q = [0.5, 0.5, 0.0, 0.0], [0.25, 0.5, 0.25, 0.0]
    by_p, by_q = slopes(function, p, q)
    kl = math.log(2) / 2
    assert by_p == pytest.approx([math.log(2) - kl, -kl, -INF, 0])
    assert by_q == pytest.approx([-1, 0, 1, 1])
    by_p, by_q = slopes(function, q, p)  # D = ∞: the limits as p_3 → 0
    assert by_p == [-INF, -INF, INF, 0]
    assert by_q == pytest.approx([0.5, 0, -INF, 1])


def test_slopes_of_masked_logits() -> None:
    a, b = [0.0, 1.0, -INF], [0.3, 0.1, -INF]
    by_a, by_b = slopes(kernels.kl_divergence_from_logits, a, b)
    short_a, short_b = slopes(kernels.kl_divergence_from_logits, a[:2], b[:2])
    assert by_a == pytest.approx([*short_a, 0])
    assert by_b == pytest.approx([*short_b, 0])
    by_a, by_b = slopes(kernels.kl_divergence_from_logits, [0.0, 0.0], [0.0, -INF])
    assert by_a == [-INF, INF]
    assert by_b == [0.5, -0.5]


def test_an_infinite_row_leaves_the_others_alone() -> None:
    p = torch.tensor([[0.5, 0.5], [0.4, 0.6]], requires_grad=True)
    q = torch.tensor([[1.0, 0.0], [0.5, 0.5]], requires_grad=True)
    value = kernels.kl_divergence(p, q)
    used = torch.where(torch.isfinite(value), value, 0.0).sum()
    by_p, by_q = torch.autograd.grad(used, (p, q))
    assert by_p[0].tolist() == by_q[0].tolist() == [0, 0]
    assert torch.isfinite(by_p).all()
    assert torch.isfinite(by_q).all()


def test_only_the_arguments_are_kept(pair: tuple[Tensor, Tensor]) -> None:
    p, q = (x.requires_grad_() for x in pair)
    kept: list[int] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x.numel()) or x, lambda x: x):
        kernels.kl_divergence(p, q)
    assert sorted(kept) == [3, 15, 15]


@pytest.mark.parametrize("primitive", PRIMITIVES)
def test_strides_dtypes_and_constants(primitive: Primitive, pair: tuple[Tensor, Tensor]) -> None:
    p, q = pair
    expected = primitive(p, q)
    torch.testing.assert_close(primitive(p.T.contiguous().T, q.flip(-1).flip(-1)), expected)
    y = q.clone().requires_grad_()
    torch.testing.assert_close(primitive(p, y).detach(), expected)
    assert primitive(p.float(), q.float()).dtype == torch.float32
    assert primitive(p.float(), q).dtype == torch.float64
    assert not primitive(p, q).requires_grad


def test_autocast_changes_nothing(pair: tuple[Tensor, Tensor]) -> None:
    p, q = (x.float().requires_grad_() for x in pair)
    for function in (kernels.kl_divergence, kernels.kl_divergence_from_logits):
        plain = torch.autograd.grad(function(p, q).sum(), p, create_graph=True)[0]
        with torch.autocast("cpu", torch.bfloat16):
            cast = torch.autograd.grad(function(p, q).sum(), p, create_graph=True)[0]
        torch.testing.assert_close(cast, plain, rtol=0, atol=0)
