"""Primitives for PyTorch tensors, with their own rules for differentiation.

Each primitive keeps only its arguments (and its value, one number per row) for the backward pass. The slopes
come from the accurate `log_ratio`, by operations that can be differentiated again: automatic derivatives of
the value would lose the digits that the value keeps where p ≈ q.

Tensors on the CPU that nobody traces are handed to the compiled core, without a copy. Everywhere else (other
devices, `torch.compile`, derivatives of derivatives) the portable formulas serve.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
import torch
from array_api_compat import torch as xp
from torch import Tensor

from kullback.kernels import native, portable
from kullback.kernels import numpy as compiled

__all__ = [
    "expm1mx",
    "kl_divergence",
    "kl_divergence_from_logits",
    "kl_divergence_of_weights",
    "kl_terms",
    "log1pmx",
    "log_ratio",
]

Value: TypeAlias = Callable[[Tensor, Tensor], Tensor]
#: (p, q, value) -> how each row's value (or each element) changes with its own p and q.
Slopes: TypeAlias = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]

_STORED: Final = (Tensor, torch.nn.Parameter)
_COMPILED_DTYPES: Final = (torch.float32, torch.float64)


def log_ratio(p: Tensor, q: Tensor) -> Tensor:
    """log(p/q) elementwise, accurate near p = q; 0/0 gives 0, 0/q −inf and p/0 +inf."""
    return _log_ratio(*_paired(p, q))


def kl_terms(p: Tensor, q: Tensor) -> Tensor:
    """Bregman terms p log(p/q) − p + q ≥ 0; p = 0 gives q, and q = 0 < p gives +inf.

    The slopes are log(p/q) and 1 − p/q.
    """
    return _kl_terms(*_paired(p, q))


def kl_divergence(p: Tensor, q: Tensor) -> Tensor:
    """D(p ‖ q) of the normalised vectors in nats: ``(..., n), (..., n) -> (...)``.

    The slopes are those of exactly this function: (log(p/q) + log(Q/P) − D)/P and 1/Q − p/(qP), with P = Σp
    and Q = Σq. Where p = 0 < q, ∂p is −inf, unless nothing depends on that row; the other slopes stay finite.
    """
    return _kl_divergence(*_paired(p, q))


def kl_divergence_of_weights(p: Tensor, q: Tensor) -> Tensor:
    """D(p/Σp ‖ q/Σq) in nats for weights whose sums differ: ``(..., n), (..., n) -> (...)``."""
    return _kl_divergence_of_weights(*_paired(p, q))


def kl_divergence_from_logits(a: Tensor, b: Tensor) -> Tensor:
    """D(softmax a ‖ softmax b) in nats: ``(..., n), (..., n) -> (...)``.

    The slopes are p (log(p/q) − D) and q − p with p = softmax a and q = softmax b, and 0 for a masked logit.
    """
    return _kl_divergence_from_logits(*_paired(a, b))


def log1pmx(t: Tensor) -> Tensor:
    """log(1 + t) − t ≤ 0 elementwise, without cancellation near 0."""
    value: Tensor = portable.log1pmx(xp, t)
    return value


def expm1mx(x: Tensor) -> Tensor:
    """eˣ − 1 − x ≥ 0 elementwise, without cancellation near 0."""
    value: Tensor = portable.expm1mx(xp, x)
    return value


def _paired(p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
    """Give both one shape and dtype by operations that autograd knows, so that the rules below need not."""
    dtype = torch.promote_types(p.dtype, q.dtype)
    p, q = xp.broadcast_arrays(p.to(dtype), q.to(dtype))
    return p, q


def _primitive(value: Value, slopes: Slopes, *, of_rows: bool) -> Value:
    """Make a differentiable function of tensors ``(..., n)``, with one value per element or one per row."""

    class Primitive(torch.autograd.Function):
        @staticmethod
        def forward(p: Tensor, q: Tensor) -> Tensor:
            return value(p, q)

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            ctx.save_for_backward(*inputs, output)
            ctx.save_for_forward(*inputs, output)

        @staticmethod
        def backward(ctx: Any, *changes: Tensor) -> tuple[Tensor, Tensor]:
            change = changes[0][..., None] if of_rows else changes[0]
            by_p, by_q = slopes(*ctx.saved_tensors)
            return _times(by_p, change), _times(by_q, change)

        @staticmethod
        def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Tensor) -> tuple[Tensor, int]:
            p, q = (
                x.expand(info.batch_size, *x.shape) if dim is None else x.movedim(dim, 0)
                for x, dim in zip(args, in_dims, strict=True)
            )
            return apply(p, q), 0

    class ForwardToo(Primitive):
        @staticmethod
        def jvp(ctx: Any, *changes: Tensor) -> Tensor:
            by_p, by_q = slopes(*ctx.saved_tensors)
            terms: Tensor = portable.times(xp, by_p, changes[0]) + portable.times(xp, by_q, changes[1])
            return portable.total(xp, terms) if of_rows else terms

    def apply(p: Tensor, q: Tensor) -> Tensor:
        # torch.compile refuses functions that have a rule for forward mode.
        function = Primitive if torch.compiler.is_compiling() else ForwardToo
        result: Tensor = function.apply(p, q)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return result

    return apply


def _in_memory(*tensors: Tensor) -> bool:
    """Say whether these are plain values in this machine's memory, which the compiled core can read."""
    return (
        native.available
        and not torch.compiler.is_compiling()
        and torch._C._functorch.peek_interpreter_stack() is None
        and all(type(x) in _STORED and x.is_cpu and x.dtype in _COMPILED_DTYPES for x in tensors)
    )


def _times(slope: Tensor, change: Tensor) -> Tensor:
    """The product slope · change, where ∞ · 0 = 0: paid for only where a slope is infinite, if one can look.

    Only the slope may be looked at: in a vectorised Jacobian `change` is a batch without a value of its own.
    It is looked at in this machine's memory, where no device is waited for.
    """
    if not torch.is_grad_enabled() and _in_memory(slope):
        with np.errstate(all="ignore"):
            finite = np.isfinite(slope.detach().numpy().sum())
        if finite:
            return slope * change
    result: Tensor = portable.times(xp, slope, change)
    return result


def _run(function: Callable[..., Any], p: Tensor, q: Tensor) -> list[Tensor]:
    """Call a function of NumPy arrays on the memory of two tensors."""
    results = function(p.detach().numpy(), q.detach().numpy())
    return [torch.from_numpy(np.asarray(x)) for x in (results if isinstance(results, tuple) else (results,))]


def _value(in_core: Callable[..., Any], formula: Callable[..., Any]) -> Value:
    """Choose between the compiled core and the portable formula, call by call."""

    def value(p: Tensor, q: Tensor) -> Tensor:
        result: Tensor = _run(in_core, p, q)[0] if _in_memory(p, q) else formula(xp, p, q)
        return result

    return value


def _log_ratio_slopes(p: Tensor, q: Tensor, _: Tensor) -> tuple[Tensor, Tensor]:
    absent = (p == 0) & (q == 0)
    return (
        torch.where(absent, 0.0, 1 / torch.where(absent, 1.0, p)),
        torch.where(absent, 0.0, -1 / torch.where(absent, 1.0, q)),
    )


def _kl_terms_slopes(p: Tensor, q: Tensor, _: Tensor) -> tuple[Tensor, Tensor]:
    if not torch.is_grad_enabled() and _in_memory(p, q) and q.numel() and q.detach().numpy().min() > 0:
        return _log_ratio(p, q), (q - p) / q
    edge = torch.where(p > 0, -torch.inf, torch.ones_like(p))
    return _log_ratio(p, q), torch.where(q == 0, edge, (q - p) / torch.where(q == 0, 1.0, q))


def _kl_divergence_slopes(p: Tensor, q: Tensor, kl: Tensor) -> tuple[Tensor, Tensor]:
    if not torch.is_grad_enabled() and _in_memory(p, q):
        _, by_p, by_q = _run(compiled.kl_divergence_and_grad, p, q)
        return by_p, by_q
    return portable.kl_divergence_slopes(xp, p, q, kl, _log_ratio(p, q))


def _kl_divergence_of_weights_slopes(p: Tensor, q: Tensor, kl: Tensor) -> tuple[Tensor, Tensor]:
    sums = torch.log(q.sum(-1, keepdim=True)) - torch.log(p.sum(-1, keepdim=True))
    log_pq = _with_slopes_of(portable.log_ratio_of_weights(xp, p, q), _log_ratio(p, q) + sums)
    return portable.kl_divergence_of_weights_slopes(xp, p, q, kl, log_pq)


def _kl_divergence_from_logits_slopes(a: Tensor, b: Tensor, kl: Tensor) -> tuple[Tensor, Tensor]:
    if not torch.is_grad_enabled() and _in_memory(a, b):
        _, by_a, by_b = _run(compiled.kl_divergence_from_logits_and_grad, a, b)
        return by_a, by_b
    by_a, by_b = portable.kl_divergence_from_logits_slopes(xp, a, b)
    p, q, log_pq = (
        torch.softmax(a, -1),
        torch.softmax(b, -1),
        torch.log_softmax(a, -1) - torch.log_softmax(b, -1),
    )
    log_pq = torch.where(torch.isfinite(log_pq), log_pq, 0.0)
    return _with_slopes_of(by_a, p * (log_pq - kl[..., None])), _with_slopes_of(by_b, q - p)


def _with_slopes_of(accurate: Tensor, plain: Tensor) -> Tensor:
    """Give the value of `accurate` the derivatives of `plain`, the same quantity with fewer right digits."""
    if not torch.is_grad_enabled():
        return accurate
    accurate = accurate.detach()
    plain = torch.where(torch.isfinite(accurate), plain, 0.0)
    return accurate + (plain - plain.detach())


_log_ratio: Final = _primitive(
    _value(compiled.log_ratio, portable.log_ratio), _log_ratio_slopes, of_rows=False
)
_kl_terms: Final = _primitive(_value(compiled.kl_terms, portable.kl_terms), _kl_terms_slopes, of_rows=False)
_kl_divergence: Final = _primitive(
    _value(compiled.kl_divergence, portable.kl_divergence), _kl_divergence_slopes, of_rows=True
)
_kl_divergence_of_weights: Final = _primitive(
    _value(compiled.kl_divergence_of_weights, portable.kl_divergence_of_weights),
    _kl_divergence_of_weights_slopes,
    of_rows=True,
)
_kl_divergence_from_logits: Final = _primitive(
    _value(compiled.kl_divergence_from_logits, portable.kl_divergence_from_logits),
    _kl_divergence_from_logits_slopes,
    of_rows=True,
)
