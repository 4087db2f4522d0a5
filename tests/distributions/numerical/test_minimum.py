"""The search for a minimum, on functions whose minima are known."""

import numpy as np
import pytest

from kullback.distributions.numerical.minimum import minimise


def test_a_curved_valley_is_followed_to_its_end():
    found = minimise(lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2, np.array([-1.2, 1.0]))
    assert found.converged
    np.testing.assert_allclose(found.at, [1.0, 1.0], atol=1e-8)


def test_a_saddle_is_no_minimum_and_is_left():
    found = minimise(lambda x: x[0] ** 2 + (x[1] ** 2 - 1) ** 2, np.array([0.5, 0.0]))
    assert found.converged
    np.testing.assert_allclose([found.at[0], abs(found.at[1])], [0.0, 1.0], atol=1e-8)


def test_a_wall_of_infinity_is_not_crossed():
    found = minimise(lambda x: x[0] - np.log(x[0]) if x[0] > 0 else np.inf, np.array([5.0]))
    assert found.converged
    np.testing.assert_allclose(found.at, [1.0], atol=1e-8)


@pytest.mark.parametrize("f", [lambda x: np.exp(-x[0]) - x[0], lambda x: np.inf], ids=["endless", "infinite"])
def test_where_there_is_no_minimum_none_is_claimed(f):
    assert not minimise(f, np.array([1.0])).converged
