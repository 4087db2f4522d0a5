"""What can be wrong with a question, as one small tree of exceptions.

Every message gives the value that was met, the rule that it breaks, and the way out. All of them are
`ValueError` or `TypeError`, so code that catches those keeps working.
"""

__all__ = [
    "DtypeError",
    "InvalidInputError",
    "InvalidTypeError",
    "KullbackError",
    "LabelError",
    "MissingExtraError",
    "NormalizationError",
    "ShapeError",
    "UnknownRouteError",
    "ValueRangeError",
]


class KullbackError(Exception):
    """The root: catch this to catch everything that the package raises on purpose."""


class InvalidInputError(KullbackError, ValueError):
    """The input has an acceptable type, and a value that no answer can be given for."""


class ValueRangeError(InvalidInputError):
    """An entry is negative, NaN or infinite where the quantity does not allow it."""


class NormalizationError(InvalidInputError):
    """Probabilities do not sum to one."""


class ShapeError(InvalidInputError):
    """Shapes that do not go together, an axis that does not exist, or nothing to compare at all."""


class LabelError(InvalidInputError):
    """Outcome labels that are repeated, or that cannot be aligned."""


class InvalidTypeError(KullbackError, TypeError):
    """The input is of a kind that has no defined meaning here."""


class DtypeError(InvalidTypeError):
    """An array's element type (complex, integer, masked, text) cannot hold the quantity."""


class UnknownRouteError(InvalidTypeError):
    """No method is known between two kinds of input, or the named method does not serve them."""


class MissingExtraError(KullbackError, ImportError):
    """An optional library is needed and is not installed; the message has the command that installs it."""
