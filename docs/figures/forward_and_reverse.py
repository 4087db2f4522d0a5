"""Draw the two projections of a mixture: ``python docs/figures/forward_and_reverse.py`` writes the SVG."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from kullback.distributions import Mixture, Normal, project

TARGET = Path(__file__).parents[1] / "_static" / "forward_and_reverse.svg"
P = Mixture([0.6, 0.4], Normal([-2.0, 2.0], [0.7, 0.5]))


def draw() -> None:
    """Both directions side by side, with the divergence of each."""
    mpl.rcParams.update({"svg.hashsalt": "kullback", "font.size": 10, "svg.fonttype": "none"})
    figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True, layout="constrained")
    x = np.linspace(-6, 6, 241)
    for axis, direction in zip(axes, ("forward", "reverse"), strict=True):
        found = project(P, Normal, direction=direction)
        axis.fill_between(x, np.exp(P.log_prob(x)), color="#b8c4d0", label="P")
        axis.plot(x, np.exp(found.closest.log_prob(x)), color="#b5402a", label="closest normal Q")
        for other in found.other_minima:
            y = np.exp(other.closest.log_prob(x))
            axis.plot(x, y, color="#b5402a", linestyle=":", label="other minimum")
        pair = "D(P ‖ Q)" if direction == "forward" else "D(Q ‖ P)"
        axis.set_title(f"{direction}: min {pair} = {float(found.divergence.value):.3f} nats")
        axis.set_xlabel("x")
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_ylim(0, 1.1)
        axis.legend(frameon=False, loc="upper left")
    axes[0].set_ylabel("density")
    figure.savefig(TARGET, metadata={"Date": None})


if __name__ == "__main__":
    draw()
