"""What the tests of the command line share: running it, and an answer that owes nothing to the package."""

from collections.abc import Callable, Mapping
from pathlib import Path

import mpmath
import pytest
from click.testing import CliRunner, Result

from kullback.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in an empty directory; nothing but an exit may leave it."""
    monkeypatch.chdir(tmp_path)

    def runner(*args: str, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(main, list(args), input=stdin)
        assert isinstance(result.exception, (SystemExit, type(None))), result.exception
        assert "Traceback" not in result.output
        assert result.exit_code in (0, 1, 2)
        return result

    return runner


@pytest.fixture
def divergence() -> Callable[[Mapping[str, object], Mapping[str, object]], float]:
    """D(p ‖ q) in nats of two tables {outcome: weight}, divided by their sums, with 50 digits."""

    def kl(p: Mapping[str, object], q: Mapping[str, object]) -> float:
        with mpmath.workdps(50):
            p_sum = mpmath.fsum(mpmath.mpf(x) for x in p.values())
            q_sum = mpmath.fsum(mpmath.mpf(x) for x in q.values())
            total = mpmath.mpf(0)
            for outcome, weight in p.items():
                if not weight:
                    continue
                if not q.get(outcome):
                    return float("inf")
                part = mpmath.mpf(weight) / p_sum
                total += part * mpmath.log(part / (mpmath.mpf(q[outcome]) / q_sum))
            return float(total)

    return kl
