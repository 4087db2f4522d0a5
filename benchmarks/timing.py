"""How it is timed: interleaved rounds on one thread, so that what disturbs one peer disturbs all of them."""

import ctypes
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.peers import OURS, Array, Call, Peer

#: Memory is measured from so many elements on; below, the interpreter's own is seen.
LARGE = 1_000_000

#: A sample repeats a short call until it has run this long, in seconds.
_SAMPLE = 2e-3


@dataclass(frozen=True)
class Case:
    """One shape and dtype of one question."""

    question: str  # "probabilities" or "logits"
    rows: int
    n: int
    dtype: str

    @property
    def elements(self) -> int:
        return self.rows * self.n

    def inputs(self, seed: int = 0) -> tuple[Array, Array]:
        """Two arrays of independent random rows."""
        rng = np.random.default_rng(seed)
        first, second = (self._draw(rng) for _ in range(2))
        return first, second

    def _draw(self, rng: np.random.Generator) -> Array:
        if self.question == "logits":
            return rng.normal(scale=2.0, size=(self.rows, self.n)).astype(self.dtype)
        weights = rng.exponential(size=(self.rows, self.n))
        return (weights / weights.sum(-1, keepdims=True)).astype(self.dtype)


@dataclass(frozen=True)
class Measurement:
    """Median seconds per call, the median ratio of this peer's time to ours, and extra memory in bytes."""

    peer: str
    seconds: float
    ratio: float
    peak_memory: int | None


def measure(case: Case, peers: list[Peer], seconds: float, rounds: tuple[int, int]) -> list[Measurement]:
    """Time every peer on one case for about `seconds`, in between ``rounds`` rounds."""
    first, second = case.inputs()
    calls: dict[str, Call] = {}
    for peer in peers:
        prepare = getattr(peer, case.question)
        if prepare is not None:
            calls[peer.name] = prepare(first, second)
            calls[peer.name]()  # compile
    memory = {name: peak_memory(call) if case.elements >= LARGE else None for name, call in calls.items()}
    repeats = {name: _repeats(call) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    start = perf_counter()
    for done in range(1, rounds[1] + 1):
        for name, call in calls.items():
            times[name].append(_time(call, repeats[name]))
        if done >= rounds[0] and perf_counter() - start > seconds:
            break
    return [
        Measurement(
            name,
            median(taken),
            median(x / ours for x, ours in zip(taken, times[OURS], strict=True)),
            memory[name],
        )
        for name, taken in times.items()
    ]


def _repeats(call: Call) -> int:
    once = _time(call, 1)
    if once >= _SAMPLE:
        return 1
    return max(1, round(_SAMPLE / _time(call, max(1, min(100, int(_SAMPLE / once))))))


def _time(call: Call, repeats: int) -> float:
    start = perf_counter()
    for _ in range(repeats):
        call()
    return (perf_counter() - start) / repeats


def peak_memory(call: Call, runs: int = 3) -> int | None:
    """Bytes that a call needs beyond what is resident before it; None where the system does not tell.

    The largest of several runs: memory that an earlier call freed late would be used again unseen.
    """
    try:
        return max(_growth(call) for _ in range(runs))
    except OSError:
        return None


def _growth(call: Call) -> int:
    peak = Path("/proc/self/clear_refs")
    peak.touch()  # raises where there is none
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)  # what was freed goes back to the system, or the call would find it again
    peak.write_text("5")  # resets the peak (Linux, man proc_pid_clear_refs)
    before = _status("VmRSS")
    call()
    return max(0, _status("VmHWM") - before)


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {field}")
