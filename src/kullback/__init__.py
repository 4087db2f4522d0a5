"""Kullback-Leibler divergence: computed exactly, explained, and measured in the bits a real coder spends.

Two tiers: array functions such as `kl_divergence` take arrays (NumPy, PyTorch, JAX) and return arrays;
`compare` takes whatever a person holds and returns a `Divergence` that can explain itself.
"""

from typing import TYPE_CHECKING, Any, Final

from kullback._lazy import resolve

__version__ = "0.1.0.dev0"

_ROOM_OF: Final[dict[str, str]] = {
    "compare": "kullback.api",
    "Counts": "kullback.measures",
    "LogProbs": "kullback.measures",
    "Logits": "kullback.measures",
    "Probs": "kullback.measures",
    "Divergence": "kullback.result",
    "kl_divergence": "kullback.kernels.divergences",
    "kl_divergence_and_grad": "kullback.kernels.divergences",
    "kl_divergence_from_log_probs": "kullback.kernels.divergences",
    "kl_divergence_from_logits": "kullback.kernels.divergences",
    "kl_terms": "kullback.kernels.divergences",
    "rel_entr": "kullback.kernels.divergences",
    "alpha_divergence": "kullback.kernels.orders",
    "chi2_divergence": "kullback.kernels.f_divergences",
    "hellinger_distance": "kullback.kernels.f_divergences",
    "jeffreys_divergence": "kullback.kernels.f_divergences",
    "js_distance": "kullback.kernels.f_divergences",
    "js_divergence": "kullback.kernels.f_divergences",
    "renyi_divergence": "kullback.kernels.orders",
    "total_variation": "kullback.kernels.f_divergences",
    "conditional_kl_divergence": "kullback.kernels.entropies",
    "cross_entropy": "kullback.kernels.entropies",
    "entropy": "kullback.kernels.entropies",
    "mutual_information": "kullback.kernels.entropies",
}

__all__ = ["__version__", *_ROOM_OF]

if TYPE_CHECKING:  # the same names, for type checkers, which do not run the door below
    from kullback.api import compare as compare
    from kullback.kernels.divergences import kl_divergence as kl_divergence
    from kullback.kernels.divergences import kl_divergence_and_grad as kl_divergence_and_grad
    from kullback.kernels.divergences import kl_divergence_from_log_probs as kl_divergence_from_log_probs
    from kullback.kernels.divergences import kl_divergence_from_logits as kl_divergence_from_logits
    from kullback.kernels.divergences import kl_terms as kl_terms
    from kullback.kernels.divergences import rel_entr as rel_entr
    from kullback.kernels.entropies import conditional_kl_divergence as conditional_kl_divergence
    from kullback.kernels.entropies import cross_entropy as cross_entropy
    from kullback.kernels.entropies import entropy as entropy
    from kullback.kernels.entropies import mutual_information as mutual_information
    from kullback.kernels.f_divergences import chi2_divergence as chi2_divergence
    from kullback.kernels.f_divergences import hellinger_distance as hellinger_distance
    from kullback.kernels.f_divergences import jeffreys_divergence as jeffreys_divergence
    from kullback.kernels.f_divergences import js_distance as js_distance
    from kullback.kernels.f_divergences import js_divergence as js_divergence
    from kullback.kernels.f_divergences import total_variation as total_variation
    from kullback.kernels.orders import alpha_divergence as alpha_divergence
    from kullback.kernels.orders import renyi_divergence as renyi_divergence
    from kullback.measures import Counts as Counts
    from kullback.measures import Logits as Logits
    from kullback.measures import LogProbs as LogProbs
    from kullback.measures import Probs as Probs
    from kullback.result import Divergence as Divergence
else:

    def __getattr__(name: str) -> Any:
        if name not in _ROOM_OF:
            raise AttributeError(f"module 'kullback' has no attribute {name!r}")
        value = resolve(f"{_ROOM_OF[name]}:{name}")
        globals()[name] = value  # the next access does not come here
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOM_OF})
