import math

import mpmath
import pytest

from kullback.errors import InvalidInputError
from kullback.units import UNITS, per_nat


@pytest.mark.parametrize(("unit", "base"), [("nats", mpmath.e), ("bits", 2), ("bans", 10)])
def test_a_nat_in_each_unit_is_correctly_rounded(unit, base):
    with mpmath.workdps(40):
        assert per_nat(unit) == float(1 / mpmath.log(base))


def test_every_unit_is_known():
    assert all(math.isfinite(per_nat(unit)) for unit in UNITS)


@pytest.mark.parametrize("unit", ["bit", "Nats", "", None, 2, ["bits"]])
def test_an_unknown_unit_is_refused_with_the_known_ones(unit):
    with pytest.raises(InvalidInputError, match=r"nats.*bits.*bans"):
        per_nat(unit)
