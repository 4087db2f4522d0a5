"""Arrays in, arrays out: the arithmetic of D(p ‖ q), and nothing that knows a file, a frame or a model.

The formulas are written once, in `portable`; `native` has the same quantities compiled. Each framework's
primitives (`numpy`, `torch`, `jax`, `array_api`) offer the same five names with that framework's own
gradients, and the public functions of `divergences` and `entropies` choose between them by the arrays
they are given.
"""
