"""Measure, print the tables, and write ``results.md`` and ``results.json`` beside this file."""

import os
import sys

# One thread for everybody; these are read when the libraries load, so they come before the imports.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

from benchmarks.run import main  # noqa: E402  (the environment above must come first)

sys.exit(main())
