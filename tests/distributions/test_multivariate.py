"""Vectors, matrices, simplices and directions against textbook formulas in 60 digits, far and near p = q."""

from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import kullback.distributions as kd
from kullback.distributions import kl_divergence

GAPS = (0.5, 1e-3, 1e-6, 1e-9)
N = 4
RNG = np.random.default_rng(7)
LOC, MOVE = RNG.normal(size=N), RNG.normal(size=N)
FACTOR = np.tril(RNG.normal(size=(N, N)), -1) + np.diag(RNG.uniform(0.5, 2, N))
TURN = np.tril(RNG.normal(size=(N, N)), -1) + np.diag(RNG.uniform(-0.4, 0.4, N))
RISE = RNG.uniform(-0.5, 0.5, N)


@pytest.fixture(autouse=True)
def _digits() -> None:
    mp.dps = 60


def matrix(x: Any) -> Any:
    return mp.matrix(np.asarray(x).tolist())


def gauss(mp_p: Any, cov_p: Any, mp_q: Any, cov_q: Any) -> Any:
    inverse, move = cov_q**-1, mp_p - mp_q
    product = inverse * cov_p
    trace = sum(product[i, i] for i in range(product.rows))
    return (trace - product.rows - mp.log(mp.det(product)) + (move.T * inverse * move)[0]) / 2


def close(computed: Any, true: Any, rel: float = 1e-13) -> None:
    assert float(computed) >= 0
    assert float(abs(mpf(float(computed)) - true)) <= rel * float(true)


@pytest.mark.parametrize("gap", GAPS)
def test_normal_vectors_from_cholesky_factors(gap: float) -> None:
    loc, factor = LOC + gap * MOVE, FACTOR + gap * TURN
    a, b = matrix(factor), matrix(FACTOR)
    true = gauss(matrix(loc), a * a.T, matrix(LOC), b * b.T)
    p, q = kd.MultivariateNormal(loc, scale_tril=factor), kd.MultivariateNormal(LOC, scale_tril=FACTOR)
    close(kl_divergence(p, q), true)


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("form", ["covariance", "precision"])
def test_normal_vectors_from_covariances_and_precisions(gap: float, form: str) -> None:
    loc, a, b = LOC + gap * MOVE, FACTOR @ FACTOR.T, FACTOR @ FACTOR.T + gap * (TURN + TURN.T)
    a, b = (0.5 * (x + x.T) + np.eye(N) for x in (a, b))
    inverse = form == "precision"
    true = gauss(matrix(loc), matrix(b) ** (1 - 2 * inverse), matrix(LOC), matrix(a) ** (1 - 2 * inverse))
    p, q = kd.MultivariateNormal(loc, **{form: b}), kd.MultivariateNormal(LOC, **{form: a})
    close(kl_divergence(p, q), true)


@pytest.mark.parametrize("gap", GAPS)
def test_low_rank_normals(gap: float) -> None:
    f, d = RNG.normal(size=(N, 2)), np.arange(1.0, N + 1)
    g, e = f + gap * f[::-1], d * (1 + gap * RISE)

    def full(factor: Any, diagonal: Any) -> Any:
        m = matrix(factor)
        return m * m.T + mp.diag([mpf(x) for x in diagonal])

    true = gauss(matrix(LOC + gap * MOVE), full(g, e), matrix(LOC), full(f, d))
    close(kl_divergence(kd.LowRankNormal(LOC + gap * MOVE, g, e), kd.LowRankNormal(LOC, f, d)), true)


@pytest.mark.parametrize("gap", GAPS)
def test_diagonal_normals_and_independent_normals(gap: float) -> None:
    s, t = np.arange(1.0, N + 1), np.arange(1.0, N + 1) * (1 + gap * RISE)
    loc = LOC + gap * MOVE
    covariance = [mp.diag([mpf(x) ** 2 for x in d]) for d in (t, s)]
    true = gauss(matrix(loc), covariance[0], matrix(LOC), covariance[1])
    p, q = kd.DiagonalNormal(loc, t), kd.DiagonalNormal(LOC, s)
    close(kl_divergence(p, q), true)
    apart = kd.Independent(kd.Normal(loc, t)), kd.Independent(kd.Normal(LOC, s))
    whole = kd.MultivariateNormal(LOC, scale_tril=np.diag(s))
    close(kl_divergence(*apart), true)
    close(kl_divergence(apart[0], whole), true)
    close(kl_divergence(kd.MultivariateNormal(loc, scale_tril=np.diag(t)), apart[1]), true)


def test_a_condition_of_a_million_costs_no_digits_with_factors() -> None:
    n = 20
    rng = np.random.default_rng(1)
    a = np.tril(rng.normal(size=(n, n)), -1) * 0.01 + np.diag(np.geomspace(1, 1e-3, n))
    b = a * (1 + 1e-6 * rng.normal(size=(n, n)))
    x, y = matrix(a), matrix(b)
    zero = mp.zeros(n, 1)
    true = gauss(zero, y * y.T, zero, x * x.T)
    p, q = (kd.MultivariateNormal(np.zeros(n), scale_tril=f) for f in (b, a))
    close(kl_divergence(p, q), true, 1e-12)


@pytest.mark.parametrize("gap", GAPS)
def test_matrix_normals(gap: float) -> None:
    rows, columns = FACTOR[:2, :2], FACTOR[1:, 1:] + np.eye(3)
    r, c = rows * (1 + gap * 0.7), columns + gap * TURN[1:, 1:]
    loc = np.arange(6.0).reshape(2, 3)

    def kron(a: Any, b: Any) -> Any:
        full = np.kron(np.array(a.tolist()).reshape(a.rows, -1), np.array(b.tolist()).reshape(b.rows, -1))
        return mp.matrix(full.tolist())

    def covariance(u: Any, v: Any) -> Any:
        a, b = matrix(u), matrix(v)
        return kron(b * b.T, a * a.T)

    move = np.arange(6.0)[::-1].reshape(2, 3) * gap
    true = gauss(
        matrix((loc + move).T.reshape(-1)),
        covariance(r, c),
        matrix(loc.T.reshape(-1)),
        covariance(rows, columns),
    )
    close(kl_divergence(kd.MatrixNormal(loc + move, r, c), kd.MatrixNormal(loc, rows, columns)), true)


@pytest.mark.parametrize("gap", GAPS)
def test_wishart(gap: float) -> None:
    """Penny 2001, eq. 14, with the multivariate digamma written out."""
    nu, mu, factor = 6.5, 6.5 * (1 + 0.3 * gap), FACTOR + gap * TURN
    a, b = matrix(factor), matrix(FACTOR)
    product = (b * b.T) ** -1 * (a * a.T)
    trace, log_det = sum(product[i, i] for i in range(N)), mp.log(mp.det(product))
    x, y = mpf(mu) / 2, mpf(nu) / 2
    gammas = sum(mp.loggamma(y - mpf(j) / 2) - mp.loggamma(x - mpf(j) / 2) for j in range(N))
    slopes = sum(mp.digamma(x - mpf(j) / 2) for j in range(N))
    true = x * (trace - N) - y * log_det + gammas + (x - y) * slopes
    close(kl_divergence(kd.Wishart(mu, factor), kd.Wishart(nu, FACTOR)), true)


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("scale", [0.05, 1.0, 100.0])
def test_dirichlet(gap: float, scale: float) -> None:
    b = scale * np.array([0.7, 1.3, 2.9, 5.0])
    a = b * (1 + gap * RISE)
    x, y = [mpf(v) for v in a], [mpf(v) for v in b]
    pairs = list(zip(x, y, strict=True))
    true = mp.loggamma(sum(x)) - mp.loggamma(sum(y)) + sum(mp.loggamma(v) - mp.loggamma(u) for u, v in pairs)
    true += sum((u - v) * (mp.digamma(u) - mp.digamma(sum(x))) for u, v in pairs)
    close(kl_divergence(kd.Dirichlet(a), kd.Dirichlet(b)), true)


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("n", [2, 3, 5, 10])
@pytest.mark.parametrize("kappa", [0.3, 12.0, 500.0])
def test_von_mises_fisher(gap: float, n: int, kappa: float) -> None:
    """From the Bessel functions of the normaliser (Mardia & Jupp 2000, eq. 9.3.4)."""
    up = np.eye(n)[0]
    other = kappa * (1 + gap)

    def log_c(k: mpf) -> mpf:
        nu = mpf(n) / 2 - 1
        return nu * mp.log(k) - mp.log(mp.besseli(nu, k))

    a, b = mpf(kappa), mpf(other)
    length = mp.besseli(mpf(n) / 2, a) / mp.besseli(mpf(n) / 2 - 1, a)
    true = log_c(a) - log_c(b) + (a - b) * length
    close(kl_divergence(kd.VonMisesFisher(up, kappa), kd.VonMisesFisher(up, other)), true)
    down = kl_divergence(kd.VonMisesFisher(up, kappa), kd.VonMisesFisher(-up, other))
    close(down, true + 2 * b * length)
    uniform = log_c(a) + a * length + mp.log(mpf(2)) * (1 - mpf(n) / 2) - mp.loggamma(mpf(n) / 2)
    close(kl_divergence(kd.VonMisesFisher(up, kappa), kd.SphericalUniform(n)), uniform)


def test_power_spherical() -> None:
    """By quadrature over the cosine t of the angle, whose density is ∝ (1 + t)^κ (1 − t²)^((n − 3)/2)."""
    mp.dps = 25
    n, kappa, other = 4, mpf("2.5"), mpf("1.5")

    def weight(t: mpf) -> mpf:
        return (1 - t * t) ** (mpf(n - 3) / 2)

    def over(f: Any) -> mpf:
        return mp.quad(lambda t: f(t) * weight(t), [-1, 0, 1])

    surface = over(lambda t: mpf(1))
    power = {k: over(lambda t, k=k: (1 + t) ** k) / surface for k in (kappa, other)}
    tilt = over(lambda t: mp.exp(other * t)) / surface

    def mean(f: Any) -> mpf:
        return over(lambda t: (1 + t) ** kappa * f(t)) / over(lambda t: (1 + t) ** kappa)

    up = np.eye(n)[0]
    p = kd.PowerSpherical(up, float(kappa))
    own = kappa * mean(mp.log1p) - mp.log(power[kappa])
    close(kl_divergence(p, kd.SphericalUniform(n)), own, 1e-12)
    same = own - other * mean(mp.log1p) + mp.log(power[other])
    close(kl_divergence(p, kd.PowerSpherical(up, float(other))), same, 1e-12)
    tilted = own - other * mean(lambda t: t) + mp.log(tilt)
    close(kl_divergence(p, kd.VonMisesFisher(up, float(other))), tilted, 1e-12)


@pytest.mark.parametrize("gap", GAPS)
def test_categories_and_their_counts(gap: float) -> None:
    a = np.array([0.1, 0.2, 0.3, 0.4])
    b = a + gap * np.array([0.05, -0.03, -0.08, 0.06])
    x, y = ([mpf(v) / sum(map(mpf, d)) for v in d] for d in (a, b))
    true = sum(u * mp.log(u / v) for u, v in zip(x, y, strict=True))
    close(kl_divergence(kd.Categorical(a), kd.Categorical(b)), true)
    close(kl_divergence(kd.OneHotCategorical(a), kd.OneHotCategorical(b)), true)
    close(kl_divergence(kd.Multinomial(7, a), kd.Multinomial(7, b)), 7 * true)
    assert kl_divergence(kd.Multinomial(7, a), kd.Multinomial(6, b)) == np.inf


def test_joint_parts_add_up() -> None:
    p = kd.Joint((kd.Normal(0, 1), kd.Gamma(2.0, 1.0)))
    q = kd.Joint((kd.Normal(1, 2), kd.Exponential(1.0)))
    parts = [float(kl_divergence(a, b)) for a, b in zip(p.parts, q.parts, strict=True)]
    assert kl_divergence(p, q) == pytest.approx(sum(parts), rel=1e-15)


def test_moving_both_alike_changes_nothing() -> None:
    p, q = (kd.Affine(kd.Gamma(a, 1.0), loc=3.0, scale=2.0) for a in (2.0, 3.0))
    plain = kl_divergence(kd.Gamma(2.0, 1.0), kd.Gamma(3.0, 1.0))
    assert kl_divergence(p, q) == pytest.approx(float(plain), rel=1e-15)
