"""D(p ‖ q) of two densities on the line, by adaptive quadrature with a bound.

What is integrated is p log(p/q) − p + q ≥ 0, over all of q's support: nothing cancels where p ≈ q, and a
wrong constant in log p or log q enters relatively, or by its square.

The line is cut at landmarks (peaks, kinks, ends), and every piece is halved into two *rays*, each with its
landmark as anchor: x = anchor ± scale·e^τ. On the scale of τ a pole at the anchor, a power tail far out and a
smooth peak are equally smooth, so that panels of τ serve them all. Panels are bisected until two rules of
different order agree. What lies beyond a ray's last panel, at a distance of 1e-300 or 1e300 (or of rounding)
from the anchor, is integrated from the slopes of log p and log q there.

The bound is the sum of the rules' differences, of the uncertainty of what lies beyond the panels, of
rounding, and of what the densities' own integrals are off 1. Whether the integral converges is decided from
the densities' formulas (`tails`), or else from their slopes far out; where these leave it open, an error is
raised.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import Any, Final, NamedTuple

import numpy as np

from kullback.distributions.numerical.beside import centered, is_exact_beside, log_prob_beside
from kullback.distributions.numerical.hints import hints
from kullback.distributions.numerical.pieces import (
    ROUNDING,
    VANISHING,
    InfiniteError,
    Sums,
    bound_of,
    ends_of,
    has_whole_mass,
    infinite,
    known_ends,
    refined,
    rounding_of,
    settled,
    terms,
    unresolved,
    usable,
)
from kullback.distributions.numerical.remainders import Remainder, remainder
from kullback.distributions.numerical.result import Bound
from kullback.distributions.numerical.rules import GAUSS, KRONROD, NODES, Floats
from kullback.distributions.numerical.tails import End
from kullback.distributions.record import Distribution
from kullback.distributions.supports import missing, what_is_missing

__all__ = ["METHOD", "integrate"]

METHOD: Final = "quadrature"
#: Logarithms of the smallest and the largest distance from an anchor.
_NEAREST: Final = math.log(1e-300)
_FARTHEST: Final = math.log(1e300)
#: At a landmark where nothing is singular, the smallest distance is e^−40 of the next landmark's.
_SMOOTH: Final = 40.0
#: Logarithm of distances (1e100) at which squares, cubes and the like may overflow.
_OVERFLOWS: Final = 230.0
#: Below this a logarithm is −inf because numbers end, above because there is no mass.
_UNDERFLOW: Final = -600.0


class Panels(NamedTuple):
    """Intervals of τ on rays x = anchor + step·e^τ; each field ``(n,)``."""

    anchor: Floats
    step: Floats
    #: How far x is rounded, in roundings of 1; 0 where the distance from the anchor keeps its digits.
    blur: Floats
    lower: Floats
    upper: Floats

    def at(self, index: Any) -> "Panels":
        """Some of them."""
        return Panels(*(x[index] for x in self))

    def halves(self) -> "Panels":
        """Each cut in two."""
        middle = 0.5 * (self.lower + self.upper)
        left, right = self._replace(upper=middle), self._replace(lower=middle)
        return Panels(*(np.concatenate(x) for x in zip(left, right, strict=True)))


@dataclass(frozen=True)
class Ray:
    """x = anchor + step·e^τ, τ from `lower` (−inf for an anchor with its distance exact) to `upper`."""

    anchor: float
    step: float
    lower: float
    upper: float
    #: The end of the support that the ray starts from, and the one that it runs to, if any.
    start: End | None = None
    goal: End | None = None


def integrate(p: Distribution, q: Distribution) -> Bound:
    """D(p ‖ q) of two single densities on intervals, with its bound.

    Raises
    ------
    InvalidInputError
        If a density does not integrate to one, if one is NaN, or if it cannot be told whether the integral
        converges.
    """
    if missing(p.support, q.support):
        return infinite(what_is_missing(p.support, q.support), METHOD)
    p, q, _ = centered(p, q)
    try:
        return Pair(p, q).solve()
    except InfiniteError as reason:
        return infinite(reason, METHOD)


class Pair:
    """Two densities, and the integral of their divergence over q's support."""

    def __init__(self, p: Distribution, q: Distribution) -> None:
        self.p, self.q = p, q
        self.inner, self.outer = ends_of(p), ends_of(q)
        self.converges = known_ends(p, q)

    def solve(self) -> Bound:
        """The integral and its bound."""
        try:
            panels, beyond, sums = self._first(1)
        except InfiniteError:
            # log q may overflow between two edges; closer ones tell that from q having no mass
            panels, beyond, sums = self._first(32)
        rest = sum(r.value for r in beyond)
        panels, sums = refined(panels, sums, self._evaluate, rest)
        for _ in range(4):
            if has_whole_mass(sums, beyond):
                break
            panels = panels.halves()  # a narrow peak was missed
            panels, sums = refined(panels, self._evaluate(panels), self._evaluate, rest)
        return bound_of(sums, beyond, METHOD)

    def _first(self, parts: int) -> tuple[Panels, list[Remainder], Sums]:
        panels, beyond = self._first_panels(self._rays(), parts)
        return panels, beyond, self._evaluate(panels)

    # -- where to look ---------------------------------------------------------------------------------------

    def _anchors(self) -> list[float]:
        lower, upper = (end.at for end in self.outer)
        points = {end.at for end in (*self.inner, *self.outer) if abs(end.at) < inf}
        points |= {x for record in (self.p, self.q) for x in hints(record) if lower < x < upper}
        ends = {end.at for end in (*self.inner, *self.outer)}
        kept: list[float] = []
        for x in sorted(points):
            # what doubles cannot tell from the landmark before, or well from an end, is none of its own
            blurred = kept and x - kept[-1] < 2.0**10 * math.ulp(x)
            at_end = any(abs(x - end) < 2.0**20 * math.ulp(x) for end in ends if abs(end) < inf)
            if x in ends or not (blurred or at_end):
                kept.append(x)
        return kept or [0.0]

    def _rays(self) -> list[Ray]:
        """Two rays between neighbouring anchors, which meet in the middle, and one to each infinity."""
        anchors = self._anchors()
        low, high = self.outer
        gaps = [inf, *(b - a for a, b in pairwise(anchors)), inf]
        near = {a: min(left, right) for a, left, right in zip(anchors, gaps[:-1], gaps[1:], strict=True)}
        rays = []
        for a, b in pairwise(anchors):
            half = 0.5 * (b - a)
            rays += [self._ray(a, half, 0.0, near[a]), self._ray(b, -half, 0.0, near[b])]
        first, last = anchors[0], anchors[-1]
        span = (last - first) or abs(first) or 1.0
        for end, anchor in ((low, first), (high, last)):
            if abs(end.at) == inf:
                upper = _FARTHEST - max(math.log(span), 0.0)
                ray = self._ray(anchor, end.direction * span, upper, min(near[anchor], span))
                rays.append(replace(ray, goal=end))
        return rays

    def _ray(self, anchor: float, step: float, upper: float, near: float) -> Ray:
        """A ray whose anchor has its next neighbour, on either side, at the distance `near`."""
        log_scale = math.log(abs(step))
        ends = (*self.outer, *self.inner)
        start = next((e for e in ends if e.at == anchor and e.is_upper == (step < 0)), None)
        if start is None:
            resolved = math.log(4 * math.ulp(anchor)) - log_scale if anchor else -inf
            smooth = math.log(near) - log_scale - _SMOOTH
            return Ray(anchor, step, min(max(smooth, resolved), -2.0), upper)
        resolved = _NEAREST if self._is_exact(anchor) else math.log(2.0**12 * math.ulp(anchor))
        return Ray(anchor, step, min(resolved - log_scale, -2.0), upper, start)

    def _is_exact(self, anchor: float) -> bool:
        """Whether distances from an anchor keep their digits: for what ends there, the other is smooth."""
        ending = [r for r in (self.p, self.q) if any(end.at == anchor for end in ends_of(r))]
        return all(is_exact_beside(r, anchor) for r in ending or (self.p, self.q))

    def _first_panels(self, rays: list[Ray], parts: int) -> tuple[Panels, list[Remainder]]:
        """Panels that grow away from the ray's scale, as far as both densities have values; the rest."""
        edges = [_edges(ray.lower, ray.upper, parts) for ray in rays]
        sizes = [len(e) for e in edges]
        tau = np.concatenate(edges)
        log_p, log_q = self._logs(
            np.repeat([r.anchor for r in rays], sizes), np.repeat([r.step for r in rays], sizes), tau
        )
        good = usable(log_p, log_q)
        columns, outer, start = [], [], 0
        for ray, size in zip(rays, sizes, strict=True):
            here = slice(start, start + size)
            start += size
            span = self._usable(ray, tau[here], good[here], log_p[here])
            n = len(span) - 1
            constants = (ray.anchor, ray.step, 0.0 if self._is_exact(ray.anchor) else abs(ray.anchor))
            columns.append((*(np.full(n, c) for c in constants), span[:-1], span[1:]))
            outer.append((ray, ray.start, span[0], 0.25 * (span[0] - span[1])))
            if ray.goal is not None:
                outer.append((ray, ray.goal, span[-1], 0.25 * (span[-1] - span[-2])))
        panels = Panels(*(np.concatenate(x) for x in zip(*columns, strict=True)))
        return panels, self._beyond(outer)

    def _usable(self, ray: Ray, tau: Floats, good: Any, log_p: Floats) -> Floats:
        """The edges between which both densities have values; at either side numbers may end earlier."""
        middle = int(np.argmin(np.abs(tau)))
        # so far out, p's logarithm ends by overflow, not for lack of mass, if it was not small before
        far = np.abs(tau + math.log(abs(ray.step))) > _OVERFLOWS
        inner = np.concatenate([log_p[1 : middle + 1], log_p[middle : middle + 1], log_p[middle:-1]])
        good = good & ~(far & (log_p == -inf) & (inner > VANISHING))
        if np.all(good):
            return tau
        if not good[middle]:
            self._explain_gap(ray, float(tau[middle]))
        below, above = np.flatnonzero(~good[:middle]), middle + np.flatnonzero(~good[middle:])
        first = below[-1] + 1 if len(below) else 0
        last = above[0] - 1 if len(above) else len(tau) - 1
        cut = [self._last_good(ray, tau[first], tau[first - 1])] if len(below) else []
        end = [self._last_good(ray, tau[last], tau[last + 1])] if len(above) else []
        return np.concatenate([cut, tau[first : last + 1], end])

    def _last_good(self, ray: Ray, good: float, bad: float) -> float:
        """How far towards `bad` both densities have values, on a side where numbers may end.

        Raises
        ------
        InfiniteError
            If q stops there while it is no small number: then it has no mass beyond.
        """
        anchor, step = np.full(64, ray.anchor), np.full(64, ray.step)
        for _ in range(3):
            tau = np.linspace(good, bad, 64)
            log_p, log_q = self._logs(anchor, step, tau)
            k = int(np.argmin(usable(log_p, log_q) & (np.isfinite(log_p) | (log_p[0] < VANISHING))))
            good, bad = float(tau[max(k - 1, 0)]), float(tau[k])
        towards_end = ray.goal is not None if bad > good else True
        if not towards_end or log_q[max(k - 1, 0)] > _UNDERFLOW:
            self._explain_gap(ray, bad)
        return good

    def _explain_gap(self, ray: Ray, tau: float) -> None:
        x = ray.anchor + ray.step * math.exp(tau)
        log_p, log_q = self._logs(np.array([ray.anchor]), np.array([ray.step]), np.array([tau]))
        raise unresolved(x, float(log_p[0]), float(log_q[0]))

    def _beyond(self, outer: list[tuple[Ray, End | None, float, float]]) -> list[Remainder]:
        """What lies beyond the outer edges: each a ray, the end there, the edge's τ, and a step outwards."""
        anchor, step, edge, h = (
            np.array(x)[:, None]
            for x in zip(*((r.anchor, r.step, t, h) for r, _, t, h in outer), strict=True)
        )
        tau = edge - h * np.arange(4.0)
        log_p, log_q = self._logs(anchor + 0 * tau, step + 0 * tau, tau)
        shift = tau + np.log(np.abs(step))
        log_p, log_q = log_p + shift, log_q + shift
        found = []
        for k, (ray, end, _, step_out) in enumerate(outer):
            known = end in self.converges or (end is None and log_p[k, 0] < _UNDERFLOW)
            rest = remainder(log_p[k], log_q[k], abs(step_out), known)
            found.append(settled(rest, end or f"x → {ray.anchor:g}"))
        return found

    # -- the integral ----------------------------------------------------------------------------------------

    def _logs(self, anchor: Floats, step: Floats, tau: Floats) -> tuple[Floats, Floats]:
        shape = tau.shape
        anchor, offset = anchor.ravel(), (step * np.exp(tau)).ravel()
        one, other = (log_prob_beside(record, anchor, offset) for record in (self.p, self.q))
        return one.reshape(shape), other.reshape(shape)

    def _evaluate(self, panels: Panels) -> Sums:
        anchor, step, blur, lower, upper = (x[:, None] for x in panels)
        half = 0.5 * (upper - lower)
        tau = 0.5 * (lower + upper) + half * NODES
        anchors, steps = anchor + 0 * tau, step + 0 * tau
        log_p, log_q = self._logs(anchors, steps, tau)
        f, p, q = terms(log_p, log_q, tau + np.log(np.abs(step)))
        if np.isnan(f).any() or np.isinf(f).any():
            self._explain_value(anchors.ravel(), steps.ravel(), tau.ravel(), f.ravel())
        half = half[:, 0]
        # a node that is rounded moves τ by this much, and the integrand along its slope
        moved = 1 + np.abs(tau) + np.abs(blur / step) * np.exp(-tau)
        drift = (np.abs(np.diff(f, axis=1)) * moved[:, 1:]).sum(axis=1)
        rounding = half * (rounding_of(log_p, log_q, p, q) @ KRONROD) + ROUNDING * drift
        difference = np.abs(half * (f @ (KRONROD - GAUSS)))
        return Sums(half * (f @ KRONROD), difference, rounding, half * (p @ KRONROD), half * (q @ KRONROD))

    def _explain_value(self, anchor: Floats, step: Floats, tau: Floats, f: Floats) -> None:
        k = int(np.flatnonzero(~np.isfinite(f))[0])
        self._explain_gap(Ray(float(anchor[k]), float(step[k]), 0.0, 0.0), float(tau[k]))


def _edges(lower: float, upper: float, parts: int) -> Floats:
    """Edges of panels that grow away from 0, up to a length of 32, each cut in so many parts."""
    steps = np.concatenate([[0.0, 1.0, 2.0, 4.0, 8.0, 16.0], np.arange(32.0, 1500.0, 32.0)])
    edges = np.concatenate([-steps[:0:-1], steps])
    inside = edges[(edges > lower + 0.5) & (edges < upper - 0.5)]
    edges = np.concatenate([[lower], inside, [upper]])
    cut = edges[:-1, None] + np.diff(edges)[:, None] * np.arange(parts) / parts
    return np.append(cut.ravel(), upper)
