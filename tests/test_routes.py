import inspect
from itertools import product

import pytest

from kullback._lazy import resolve
from kullback.errors import UnknownRouteError
from kullback.measures import Counts, Known, Logits, LogProbs, Measure, Probs
from kullback.routes import RANDOM, ROUTES, route

KINDS = (Probs, LogProbs, Logits, Counts)
RANDOM_TARGETS = {methods[name] for methods in ROUTES.values() for name in RANDOM & methods.keys()}


def test_every_pair_of_kinds_has_a_method():
    assert set(ROUTES) == {*product(KINDS, KINDS), (Known, Known)}


@pytest.mark.parametrize("target", sorted({t for methods in ROUTES.values() for t in methods.values()}))
def test_every_method_exists_and_takes_p_q_and_names(target):
    parameters = ["p", "q", "names", "rng"] if target in RANDOM_TARGETS else ["p", "q", "names"]
    assert list(inspect.signature(resolve(target)).parameters) == parameters


def test_a_random_method_is_never_the_default():
    assert not any(next(iter(methods)) in RANDOM for methods in ROUTES.values())


def test_the_first_method_is_the_default_and_a_named_one_is_taken():
    p, q = Probs([1.0]), Probs([1.0])
    assert route(p, q)[0] == "exact"
    assert route(p, q, "exact")[0] == "exact"
    assert route(Counts([1]), p)[0] == "plug-in"


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(UnknownRouteError, match="'knn' does not compare Probs and Probs; use 'exact'"):
        route(Probs([1.0]), Probs([1.0]), "knn")


def test_an_unknown_kind_is_refused():
    class Strange(Measure):
        pass

    with pytest.raises(
        UnknownRouteError, match="no method compares Strange and Probs; its kind is not known"
    ):
        route(Strange([1.0]), Probs([1.0]))
    with pytest.raises(UnknownRouteError, match="Probs goes with Probs, LogProbs, Logits, Counts"):
        route(Probs([1.0]), Strange([1.0]))
