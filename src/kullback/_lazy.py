"""Names that are loaded when they are first used, so that the door opens fast and rooms stay apart."""

from importlib import import_module
from typing import Any

__all__ = ["resolve"]


def resolve(target: str) -> Any:
    """Import what ``"module:name"`` names."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
