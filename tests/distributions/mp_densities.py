"""Log densities in mpmath, written from the textbook definitions and sharing nothing with the package.

`DENSITIES[family](*parameters)` gives ``(log density, where)``; `where` is the kind of support.
"""

from collections.abc import Callable

from mpmath import mp, mpf

LogDensity = Callable[[mpf], mpf]
Where = tuple  # ("line",) ("positive",) ("unit",) ("above", a) ("between", a, b) ("counts", first, last)

LINE, POSITIVE, UNIT = ("line",), ("positive",), ("unit",)
log, lg = mp.log, mp.loggamma


def exp(x):
    """eˣ, as infinity where nothing but a vanished density can need it."""
    return mp.exp(x) if x < 10**5 else mp.inf


def normal(m, s):
    return lambda x: -(((x - m) / s) ** 2) / 2 - log(s * mp.sqrt(2 * mp.pi)), LINE


def laplace(m, b):
    return lambda x: -abs(x - m) / b - log(2 * b), ("line", m)


def logistic(m, s):
    return lambda x: -(x - m) / s - log(s) - 2 * mp.log1p(exp(-(x - m) / s)), LINE


def cauchy(m, g):
    return lambda x: log(g / mp.pi) - log(g**2 + (x - m) ** 2), LINE


def student_t(nu, m, s):
    c = lg((nu + 1) / 2) - lg(nu / 2) - log(nu * mp.pi) / 2 - log(s)
    return lambda x: c - (nu + 1) / 2 * mp.log1p(((x - m) / s) ** 2 / nu), LINE


def gumbel(m, b):
    return lambda x: -log(b) - (x - m) / b - exp(-(x - m) / b), LINE


def moyal(m, s):
    return lambda x: -log(s * mp.sqrt(2 * mp.pi)) - ((x - m) / s + exp(-(x - m) / s)) / 2, LINE


def exp_gamma(a, r):
    return lambda x: a * log(r) - lg(a) + a * x - r * exp(x), LINE


def exp_inverse_gamma(a, r):
    return lambda x: a * log(r) - lg(a) - a * x - r * exp(-x), LINE


def gamma(a, r):
    return lambda x: a * log(r) - lg(a) + (a - 1) * log(x) - r * x, POSITIVE


def exponential(r):
    return lambda x: log(r) - r * x, POSITIVE


def chi_squared(k):
    return gamma(k / 2, mpf(1) / 2)


def chi(k):
    return lambda x: (1 - k / 2) * log(2) - lg(k / 2) + (k - 1) * log(x) - x * x / 2, POSITIVE


def half_normal(s):
    return lambda x: log(2 / (mp.pi * s * s)) / 2 - (x / s) ** 2 / 2, POSITIVE


def rayleigh(s):
    return lambda x: log(x / s**2) - (x / s) ** 2 / 2, POSITIVE


def maxwell(s):
    return lambda x: log(2 / mp.pi) / 2 + 2 * log(x) - 3 * log(s) - (x / s) ** 2 / 2, POSITIVE


def nakagami(m, w):
    return lambda x: log(2) + m * log(m / w) - lg(m) + (2 * m - 1) * log(x) - m * x * x / w, POSITIVE


def weibull(s, k):
    return lambda x: log(k / s) + (k - 1) * log(x / s) - (x / s) ** k, POSITIVE


def frechet(s, k):
    return lambda x: log(k / s) - (k + 1) * log(x / s) - (x / s) ** (-k), POSITIVE


def inverse_gamma(a, r):
    return lambda x: a * log(r) - lg(a) - (a + 1) * log(x) - r / x, POSITIVE


def levy(c):
    return lambda x: log(c / (2 * mp.pi)) / 2 - c / (2 * x) - 3 * log(x) / 2, POSITIVE


def generalized_gamma(s, k, c):
    return lambda x: log(abs(c) / s) - lg(k) + (k * c - 1) * log(x / s) - (x / s) ** c, POSITIVE


def log_normal(m, s):
    return lambda x: -(((log(x) - m) / s) ** 2) / 2 - log(x * s * mp.sqrt(2 * mp.pi)), POSITIVE


def pareto(s, a):
    return lambda x: log(a) + a * log(s) - (a + 1) * log(x), ("above", s)


def log_uniform(a, b):
    return lambda x: -log(x) - log(log(b / a)), ("between", a, b)


def inverse_gaussian(m, lam):
    return lambda x: log(lam / (2 * mp.pi * x**3)) / 2 - lam * (x - m) ** 2 / (2 * m * m * x), POSITIVE


def lindley(t):
    return lambda x: 2 * log(t) - mp.log1p(t) + mp.log1p(x) - t * x, POSITIVE


def beta_prime(a, b):
    return lambda x: (a - 1) * log(x) - (a + b) * mp.log1p(x) - log(mp.beta(a, b)), POSITIVE


def fisher_snedecor(m, n):
    def f(x):
        return ((m / 2) * log(m / n) + (m / 2 - 1) * log(x) - ((m + n) / 2) * mp.log1p(m * x / n)) - log(
            mp.beta(m / 2, n / 2)
        )

    return f, POSITIVE


def lomax(s, a):
    return lambda x: log(a / s) - (a + 1) * mp.log1p(x / s), POSITIVE


def log_logistic(s, k):
    return lambda x: log(k / s) + (k - 1) * log(x / s) - 2 * mp.log1p((x / s) ** k), POSITIVE


def burr(s, c, k):
    return lambda x: log(c * k / s) + (c - 1) * log(x / s) - (k + 1) * mp.log1p((x / s) ** c), POSITIVE


def half_cauchy(s):
    return lambda x: log(2 / (mp.pi * s)) - mp.log1p((x / s) ** 2), POSITIVE


def uniform(a, b):
    return lambda x: -log(b - a), ("between", a, b)


def beta(a, b):
    return lambda x: (a - 1) * log(x) + (b - 1) * log(1 - x) - log(mp.beta(a, b)), UNIT


def kumaraswamy(a, b):
    return lambda x: log(a * b) + (a - 1) * log(x) + (b - 1) * log(1 - x**a), UNIT


def continuous_bernoulli(p):
    eta = log(p) - log(1 - p)
    return lambda x: eta * x - log(mp.expm1(eta) / eta), UNIT


def logit_normal(m, s):
    def f(x):
        return -(((log(x) - log(1 - x) - m) / s) ** 2) / 2 - log(s * mp.sqrt(2 * mp.pi)) - log(x * (1 - x))

    return f, UNIT


def von_mises(m, k):
    return lambda x: k * mp.cos(x - m) - log(2 * mp.pi * mp.besseli(0, k)), ("between", -mp.pi, mp.pi)


def wrapped_cauchy(m, r):
    def f(x):
        return log((1 - r * r) / (2 * mp.pi)) - log(1 + r * r - 2 * r * mp.cos(x - m))

    return f, ("between", -mp.pi, mp.pi)


def bernoulli(p):
    return lambda x: log(p) if x == 1 else mp.log1p(-p), ("counts", 0, 1)


def binomial(n, p):
    def f(x):
        return log(mp.binomial(n, x)) + x * log(p) + (n - x) * mp.log1p(-p)

    return f, ("counts", 0, int(n))


def beta_binomial(n, a, b):
    def f(x):
        return log(mp.binomial(n, x)) + log(mp.beta(x + a, n - x + b)) - log(mp.beta(a, b))

    return f, ("counts", 0, int(n))


def discrete_uniform(a, b):
    return lambda x: -log(b - a + 1), ("counts", int(a), int(b))


def geometric(p):
    return lambda x: log(p) + x * mp.log1p(-p), ("counts", 0, None)


def negative_binomial(r, p):
    return lambda x: lg(x + r) - lg(r) - lg(x + 1) + r * mp.log1p(-p) + x * log(p), ("counts", 0, None)


def poisson(r):
    return lambda x: x * log(r) - r - lg(x + 1), ("counts", 0, None)


def skellam(a, b):
    def f(x):
        return -(a + b) + (mpf(x) / 2) * log(a / b) + log(mp.besseli(abs(x), 2 * mp.sqrt(a * b)))

    return f, ("counts", None, None)


def zipf(s):
    return lambda x: -s * log(x) - log(mp.zeta(s)), ("counts", 1, None)


#: The families of `kullback.distributions`, by their names there.
DENSITIES: dict[str, Callable] = {
    "Normal": normal,
    "Laplace": laplace,
    "Logistic": logistic,
    "Cauchy": cauchy,
    "StudentT": student_t,
    "Gumbel": gumbel,
    "Moyal": moyal,
    "ExpGamma": exp_gamma,
    "ExpInverseGamma": exp_inverse_gamma,
    "Gamma": gamma,
    "Erlang": gamma,
    "Exponential": exponential,
    "ChiSquared": chi_squared,
    "Chi": chi,
    "HalfNormal": half_normal,
    "Rayleigh": rayleigh,
    "Maxwell": maxwell,
    "Nakagami": nakagami,
    "Weibull": weibull,
    "Frechet": frechet,
    "InverseGamma": inverse_gamma,
    "Levy": levy,
    "GeneralizedGamma": generalized_gamma,
    "LogNormal": log_normal,
    "Pareto": pareto,
    "LogUniform": log_uniform,
    "InverseGaussian": inverse_gaussian,
    "Lindley": lindley,
    "BetaPrime": beta_prime,
    "FisherSnedecor": fisher_snedecor,
    "Lomax": lomax,
    "LogLogistic": log_logistic,
    "Burr": burr,
    "HalfCauchy": half_cauchy,
    "Uniform": uniform,
    "Beta": beta,
    "Kumaraswamy": kumaraswamy,
    "ContinuousBernoulli": continuous_bernoulli,
    "LogitNormal": logit_normal,
    "VonMises": von_mises,
    "WrappedCauchy": wrapped_cauchy,
    "Bernoulli": bernoulli,
    "Binomial": binomial,
    "BetaBinomial": beta_binomial,
    "DiscreteUniform": discrete_uniform,
    "Geometric": geometric,
    "NegativeBinomial": negative_binomial,
    "Poisson": poisson,
    "Skellam": skellam,
    "Zipf": zipf,
}


def divergence(p: tuple[LogDensity, Where], q: tuple[LogDensity, Where]) -> mpf:
    """D(p ‖ q) by double-exponential quadrature or by summation, at the working precision."""
    (log_p, where), (log_q, other) = p, q

    def term(x):
        a = log_p(x)
        return mp.exp(a) * (a - log_q(x)) if a > -80 * mp.dps else mpf(0)

    if where[0] == "counts":
        return _sum(term, *where[1:])
    kinks = sorted({*where[1:], *other[1:]} if where[0] == "line" and other[0] == "line" else set())
    return _integral(term, where, kinks)


def _sum(term, first, last):
    """Tails fall off geometrically at least."""
    start = -60 * 20 if first is None else first
    end = 60 * 20 if last is None else last
    return mp.fsum(term(mpf(x)) for x in range(start, end + 1))


def between_zipfs(s, r):
    """D = (r − s)·E log x + log ζ(r) − log ζ(s), by mpmath's ζ′: the sum converges slowly."""
    return (s - r) * mp.zeta(s, derivative=1) / mp.zeta(s) + log(mp.zeta(r)) - log(mp.zeta(s))


def _integral(term, where, kinks):
    """Each support is mapped to a stretch of a line, at whose ends nothing is left."""
    kind = where[0]
    end = 25 * mp.dps  # tails fall off at least like e^(−t/10)
    if kind == "between":
        a, b = where[1:]
        return mp.quad(term, mp.linspace(a, b, 5))
    if kind == "above":
        a = where[1]
        return mp.quad(lambda t: term(a * mp.exp(t)) * a * mp.exp(t), [0, 1, 3, 10, 30, 150, end])
    if kind == "positive":
        pieces = [-end, -200, -40, -12, -4, -1, 1, 4, 12, 40, 200, end]
        return mp.quad(lambda t: term(mp.exp(t)) * mp.exp(t), pieces)
    if kind == "unit":

        def over_logit(t):
            x = 1 / (1 + mp.exp(-t))
            return term(x) * x * (1 - x)

        far = mpf(7) / 3 * mp.dps
        with mp.workdps(2 * mp.dps):  # 1 − x keeps its digits
            return mp.quad(over_logit, [-far, -12, -4, -1, 1, 4, 12, far], maxdegree=7)
    usual = {mpf(k) for k in (-200, -40, -12, -5, -2, 0, 2, 5, 12, 40, 200)}
    points = sorted({mp.asinh(k) for k in kinks} | usual)
    return mp.quad(lambda t: term(mp.sinh(t)) * mp.cosh(t), [-end, *points, end])
