"""Make the polynomial coefficients of the compiled core, and say how well they approximate.

The core evaluates two functions by polynomials on short intervals:

    A(z) = (atanh(√z)/√z − 1)/z      for log((1+s)/(1−s)) = 2s(1 + z·A(z)),  z = s²
    E(r) = (eʳ − 1 − r)/r²           for eʳ = 1 + r + r²·E(r)

Chebyshev interpolation (mpmath, 60 digits) is within a small factor of the best polynomial of its
degree. Run `python tools/coefficients.py > src/kullback/kernels/native/core/coefficients.hpp` to write
the header again; a test holds the header to this script.
"""

from collections.abc import Callable
from typing import Final

from mpmath import atan, atanh, chebyfit, exp, log, mp, mpf, sqrt

DIGITS: Final = 60

# The reduction leaves q″/p in about [2/3, 3/2], so |s| ≤ 0.2 and a little for the rounding of the choice.
LARGEST_S: Final = "0.2003"
# r lies within half of log 2, and a little for the rounding of the multiple.
R_MARGIN: Final = "1.0001"

TERMS: Final = {"atanh": {"double": 8, "float": 4}, "exp": {"double": 11, "float": 6}}


def atanh_remainder(z: mpf) -> mpf:
    """A(z) = (atanh(√z)/√z − 1)/z; below zero the same function is written with the arctangent."""
    if abs(z) < mpf(10) ** -12:
        return sum(z**k / (2 * k + 3) for k in range(6))
    w = sqrt(abs(z))
    return ((atanh(w) if z > 0 else atan(w)) / w - 1) / z


def exp_remainder(r: mpf) -> mpf:
    """E(r) = (eʳ − 1 − r)/r²."""
    if abs(r) < mpf(10) ** -12:
        return mpf(1) / 2 + r / 6 + r * r / 24
    return (exp(r) - 1 - r) / r**2


def fit(function: Callable[[mpf], mpf], low: mpf, high: mpf, terms: int) -> tuple[list[float], mpf]:
    """Coefficients from the constant upwards, and the largest absolute error of the unrounded polynomial."""
    coefficients, error = chebyfit(function, [low, high], terms, error=True)
    return [float(c) for c in reversed(coefficients)], error


def header() -> str:
    """The text of `coefficients.hpp`."""
    with mp.workdps(DIGITS):
        s = mpf(LARGEST_S)
        half = log(2) / 2 * mpf(R_MARGIN)
        rows = []
        for name, function, low, high in (
            ("atanh", atanh_remainder, mpf("-1e-6"), s**2),
            ("exp", exp_remainder, -half, half),
        ):
            for kind, terms in TERMS[name].items():
                values, error = fit(function, low, high, terms)
                suffix = "f" if kind == "float" else ""
                listed = ", ".join(f"{value!r}{suffix}" for value in values)
                rows.append(
                    f"// error 2^{mp.nstr(log(error, 2), 4)}\n"
                    f"inline constexpr {kind} {name}_{kind}[] = {{{listed}}};\n"
                )
    return (
        "// Made by tools/coefficients.py: run it again rather than edit this. Lowest power first.\n"
        "//   atanh_*: (atanh(sqrt z)/sqrt z - 1)/z on 0 <= z <= 0.0401\n"
        "//   exp_*:   (e^r - 1 - r)/r^2 on |r| <= log(2)/2\n"
        "#pragma once\n\nnamespace kullback {\n\n" + "\n".join(rows) + "\n}  // namespace kullback\n"
    )


if __name__ == "__main__":
    print(header(), end="")
