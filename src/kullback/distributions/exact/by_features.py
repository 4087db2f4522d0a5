"""D(p ‖ q) between different families, from expectations of features.

If log p = c + Σ aᵢ Sᵢ and log q = d + Σ bⱼ Tⱼ on p's support, then

    D(p ‖ q) = c − d + Σ aᵢ E_p Sᵢ − Σ bⱼ E_p Tⱼ.

What a pair needs is thus one expansion of each density, and the expectations under p alone (Cover & Thomas
2006, sec. 8.5 and 12.1). A coefficient that both have cancels before it is multiplied.
"""

from collections.abc import Iterator

from kullback.distributions.arithmetic import Array, select, times
from kullback.distributions.expectations import find_expectation, find_mean_log_prob
from kullback.distributions.features import Feature, Linear, SquaredDeviation
from kullback.distributions.record import Distribution

__all__ = ["by_features", "expected", "has_features"]

SOURCE = "Cover & Thomas 2006, sec. 8.5: E_p of log p − log q, feature by feature"


def has_features(p: type[Distribution], q: type[Distribution]) -> bool:
    """Whether all that the pair needs is known of p, as far as types can tell."""
    if q.features is None:
        return False
    own = p.features if find_mean_log_prob(p) is None else ()
    return own is not None and all(_is_known(p, feature) for feature in (*own, *q.features))


def by_features(p: Distribution, q: Distribution) -> tuple[Array, str] | None:
    """D(p ‖ q) and its source; None where an expectation is not known."""
    if not has_features(type(p), type(q)):
        return None
    of_q, entropy = q.expansion(), find_mean_log_prob(type(p))
    if entropy is not None:
        total, differences = entropy(p) - of_q.constant, [(-b, t) for b, t in of_q.terms]
    else:
        of_p = p.expansion()
        total, differences = of_p.constant - of_q.constant, [*_differences(of_p.terms, of_q.terms)]
    for coefficient, feature in differences:
        mean = expected(p, feature)
        if mean is None:
            return None
        total = total + times(coefficient, mean)
    return select(total < 0, 0.0, total), SOURCE  # below zero there is nothing but rounding


Terms = tuple[tuple[Array, Feature], ...]


def _differences(of_p: Terms, of_q: Terms) -> Iterator[tuple[Array, Feature]]:
    """The coefficients of log p − log q; a feature without parameters that both have comes once."""
    plain = {type(t): b for b, t in of_q if _is_plain(t)}
    for a, t in of_p:
        yield (a - plain.pop(type(t)) if _is_plain(t) and type(t) in plain else a), t
    for b, t in of_q:
        if not _is_plain(t) or type(t) in plain:
            yield -b, t


def _is_plain(feature: Feature) -> bool:
    return not vars(feature)


def _is_known(p: type[Distribution], feature: type[Feature]) -> bool:
    if find_expectation(p, feature) is not None:
        return True
    if feature is Linear:
        return p.mean is not Distribution.mean
    if feature is SquaredDeviation:
        return p.mean is not Distribution.mean and p.variance is not Distribution.variance
    return False


def expected(p: Distribution, feature: Feature) -> Array | None:
    """E_p of the feature; None where it is not known."""
    rule = find_expectation(type(p), type(feature))
    if rule is not None:
        return rule(p, feature)
    mean, variance = p.mean(), p.variance()
    if isinstance(feature, Linear):
        return None if mean is None else mean - feature.center
    if isinstance(feature, SquaredDeviation) and mean is not None and variance is not None:
        # the variance is infinite where the mean does not exist
        away = mean - feature.center
        return variance + select(away == away, away * away, 0.0)  # NaN: no mean
    return None
