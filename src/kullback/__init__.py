"""Kullback-Leibler divergence: computed exactly, explained, and measured in the bits a real coder spends.

Two tiers: array functions such as `kl_divergence` take arrays (NumPy, PyTorch, JAX) and return arrays;
`compare` takes whatever a person holds and returns a `Divergence` that can explain itself.
"""

from typing import Any, Final

from kullback._lazy import resolve

__version__ = "0.1.0.dev0"

_ROOM_OF: Final[dict[str, str]] = {
    "compare": "kullback.api",
    "Counts": "kullback.measures",
    "LogProbs": "kullback.measures",
    "Logits": "kullback.measures",
    "Probs": "kullback.measures",
    "Divergence": "kullback.result",
    "alpha_divergence": "kullback.kernels.divergences",
    "chi2_divergence": "kullback.kernels.divergences",
    "hellinger_distance": "kullback.kernels.divergences",
    "jeffreys_divergence": "kullback.kernels.divergences",
    "js_distance": "kullback.kernels.divergences",
    "js_divergence": "kullback.kernels.divergences",
    "kl_divergence": "kullback.kernels.divergences",
    "kl_divergence_and_grad": "kullback.kernels.divergences",
    "kl_divergence_from_log_probs": "kullback.kernels.divergences",
    "kl_divergence_from_logits": "kullback.kernels.divergences",
    "kl_terms": "kullback.kernels.divergences",
    "rel_entr": "kullback.kernels.divergences",
    "renyi_divergence": "kullback.kernels.divergences",
    "total_variation": "kullback.kernels.divergences",
    "conditional_kl_divergence": "kullback.kernels.entropies",
    "cross_entropy": "kullback.kernels.entropies",
    "entropy": "kullback.kernels.entropies",
    "mutual_information": "kullback.kernels.entropies",
}

__all__ = ["__version__", *_ROOM_OF]


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'kullback' has no attribute {name!r}")
    value = resolve(f"{_ROOM_OF[name]}:{name}")
    globals()[name] = value  # the next access does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOM_OF})
