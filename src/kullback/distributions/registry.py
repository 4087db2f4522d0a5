"""Which function computes D(p ‖ q) for which two types: filled by `register_kl`, read by `kl_divergence`.

The convention is that of `torch.distributions.kl`: a form registered for two types serves their subclasses,
and the most specific registered pair wins. The documentation's table of pairs is printed from here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from kullback.errors import InvalidInputError, UnknownRouteError

__all__ = ["Form", "NotClosedError", "find_form", "register_kl", "registered_forms"]

Kernel = Callable[[Any, Any], Any]
K = TypeVar("K", bound=Kernel)


class NotClosedError(Exception):
    """A form does not hold for these parameters (it says for which it does): the next method answers."""


@dataclass(frozen=True)
class Form:
    """A function for D(p ‖ q) of two types, and where it comes from."""

    p: type
    q: type
    kernel: Kernel
    source: str


_FORMS: Final[dict[tuple[type, type], Form]] = {}


def register_kl(type_p: type, type_q: type, source: str = "") -> Callable[[K], K]:
    """Register the decorated function ``f(p, q)`` as D(p ‖ q) in nats for two types and their subclasses.

    Parameters
    ----------
    type_p, type_q
        The types of p and q: this package's families or your own.
    source
        Where the formula is from: author, year, equation. It is shown in the table of pairs.

    Raises
    ------
    InvalidInputError
        If a type is no class.

    Examples
    --------
    >>> from kullback.distributions import kl_divergence, register_kl
    >>> class Coin:
    ...     def __init__(self, heads): self.heads = heads
    >>> @register_kl(Coin, Coin, source="a coin has one fair side")
    ... def _(p, q):
    ...     return abs(p.heads - q.heads)
    >>> kl_divergence(Coin(0.5), Coin(0.25))
    0.25
    """
    for name, cls in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(cls, type):
            raise InvalidInputError(
                f"{name}={cls!r} is no class; register_kl takes the two types of p and q."
            )

    def decorate(kernel: K) -> K:
        _FORMS[type_p, type_q] = Form(type_p, type_q, kernel, source)
        return kernel

    return decorate


def find_form(type_p: type, type_q: type) -> Form | None:
    """The most specific form that serves the two types, or None.

    Raises
    ------
    UnknownRouteError
        If two forms serve, and each is more specific on one side.
    """
    exact = _FORMS.get((type_p, type_q))
    if exact is not None:
        return exact
    serving = [f for f in _FORMS.values() if issubclass(type_p, f.p) and issubclass(type_q, f.q)]
    best = [f for f in serving if all(issubclass(f.p, g.p) and issubclass(f.q, g.q) for g in serving)]
    if best or not serving:
        return best[0] if best else None
    leading = [f for f in serving if not any(_is_narrower(g, f) for g in serving)]
    one, other = leading[:2]
    raise UnknownRouteError(
        f"D({type_p.__name__} ‖ {type_q.__name__}) is ambiguous: the forms for ({_names(one)}) and for "
        f"({_names(other)}) both serve, and neither is the more specific. Register one for the pair itself: "
        f"@register_kl({type_p.__name__}, {type_q.__name__})."
    )


def registered_forms() -> Iterator[Form]:
    """Every registered form, in the order of registration."""
    return iter(tuple(_FORMS.values()))


def _is_narrower(f: Form, g: Form) -> bool:
    return f is not g and issubclass(f.p, g.p) and issubclass(f.q, g.q)


def _names(form: Form) -> str:
    return f"{form.p.__name__}, {form.q.__name__}"
