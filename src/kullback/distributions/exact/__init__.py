"""The forms for exact divergences; importing this module registers them."""

from kullback.distributions.exact import gamma_power

__all__ = ["gamma_power"]
