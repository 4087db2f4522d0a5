"""One setting for every test: seeded examples, no clocks, one thread per process, 60 digits of truth."""

import os
from collections.abc import Iterator

import mpmath
import pytest
from hypothesis import settings

# Tests run in parallel processes, so a library that starts a thread per core only stands in their way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")

mpmath.mp.dps = 60  # for what test modules compute when they are loaded


@pytest.fixture(autouse=True)
def _digits_of_truth() -> Iterator[None]:
    """Give every test the same precision, whatever the one before it chose: mpmath's is global."""
    with mpmath.workdps(60):
        yield
