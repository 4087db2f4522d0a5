"""`register_kl` in torch's convention, for the user's own types too; ambiguity raises."""

import re
from collections.abc import Iterator

import pytest

import kullback.distributions as kd
from kullback.distributions import registry
from kullback.distributions.registry import find_form, register_kl, registered_forms
from kullback.errors import InvalidInputError, InvalidTypeError, UnknownRouteError


@pytest.fixture(autouse=True)
def _leave_no_forms(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_FORMS", dict(registry._FORMS))
    return


class Base:
    pass


class Left(Base):
    pass


class Right(Base):
    pass


def test_a_users_own_types_are_served_with_their_subclasses() -> None:
    register_kl(Base, Base, source="made up")(lambda p, q: 1.5)
    assert kd.kl_divergence(Left(), Right()) == 1.5
    assert next(f.source for f in registered_forms() if f.p is Base) == "made up"


def test_the_most_specific_form_wins() -> None:
    register_kl(Base, Base)(lambda p, q: 1.0)
    register_kl(Left, Base)(lambda p, q: 2.0)
    assert kd.kl_divergence(Left(), Right()) == 2.0
    assert kd.kl_divergence(Right(), Left()) == 1.0


def test_ambiguity_names_both_candidates_and_the_way_out() -> None:
    register_kl(Left, Base)(lambda p, q: 1.0)
    register_kl(Base, Right)(lambda p, q: 2.0)
    with pytest.raises(UnknownRouteError, match=re.escape("(Left, Base) and for (Base, Right)")) as error:
        kd.kl_divergence(Left(), Right())
    assert "@register_kl(Left, Right)" in str(error.value)
    register_kl(Left, Right)(lambda p, q: 3.0)
    assert kd.kl_divergence(Left(), Right()) == 3.0


def test_unknown_types_are_refused_by_name() -> None:
    with pytest.raises(InvalidTypeError, match="Left is no distribution"):
        kd.kl_divergence(Left(), Right())


def test_types_are_classes() -> None:
    with pytest.raises(InvalidInputError, match="takes the two types"):
        register_kl(Left(), Right)  # type: ignore[arg-type]  # the mistake under test


def test_every_form_of_this_package_names_its_source() -> None:
    assert [f"{f.p.__name__} ‖ {f.q.__name__}" for f in registered_forms() if not f.source] == []


def test_a_form_found_is_the_one_that_is_registered() -> None:
    form = find_form(kd.Erlang, kd.Gamma)
    assert form is not None
    assert form.p.__name__ == "GammaPower"
