"""One steady setting for every test: seeded examples, no clocks, one thread per process."""

import os

from hypothesis import settings

# Tests run in parallel processes, so a library that starts a thread per core only stands in their way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")
