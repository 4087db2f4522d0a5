"""The command as a shell runs it: exit codes, pipes, terminals, completion, and the examples of its help."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import kullback

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
ANSWERED = ("compare", "0.5,0.3,0.2", "0.4,0.4,0.2")


@pytest.fixture
def environment(tmp_path):
    """An environment in which `kullback` is this package, started by this Python."""
    programs = tmp_path / "bin"
    programs.mkdir()
    script = programs / "kullback"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kullback "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return kept | {
        "PATH": f"{programs}{os.pathsep}{kept['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(Path(kullback.__path__[0]).parent), kept.get("PYTHONPATH")])
        ),
    }


@pytest.fixture
def shell(tmp_path, environment):
    """Run a line of bash in an empty folder."""

    def run(line, **more):
        return subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=environment | more, capture_output=True, timeout=60
        )

    return run


@POSIX
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("kullback compare 0.5,0.5 0.4,0.6", 0),
        ("kullback compare 1,1 1,0", 0),
        ("kullback compare 0.5,0.5 0.4,0.6 --fail-above 0.01", 1),
        ("kullback compare 0.5,0.6 0.4,0.6", 2),
        ("kullback compare 0.5,0.5", 2),
        ("kullback compare 0.5,0.5 nosuchfile.csv", 2),
        ("kullback compair 1 1", 2),
        ("kullback", 2),
        ("kullback --version", 0),
        ("kullback compare 1 1 >/dev/full", 2),
        ("kullback compare 1 1 >&-", 0),
        ("kullback compare - 1 <&-", 2),
        ("printf '1\\n' | kullback compare - 1", 0),
        ("kullback compare <(printf '1\\n2\\n') 1,2", 0),
    ],
)
def test_exit_codes(shell, line, code):
    result = shell(line)
    assert result.returncode == code, result.stderr
    assert b"Traceback" not in result.stderr
    assert b"Exception ignored" not in result.stderr
    assert bool(result.stderr) == bool(code)


def test_the_version_is_the_packages(shell):
    assert shell("kullback --version").stdout.decode().strip() == f"kullback {kullback.__version__}"


@POSIX
@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("--help",), 0),
        (("compare", "--help"), 0),
        (("completion", "bash"), 0),
        (ANSWERED, 0),
        ((*ANSWERED, "--json"), 0),
        ((*ANSWERED, "--fail-above", "0"), 1),
    ],
)
def test_a_reader_that_leaves_is_no_failure_and_changes_no_verdict(environment, args, code):
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [sys.executable, "-m", "kullback", *args], env=environment, stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert result.returncode == code
    assert b"Traceback" not in result.stderr
    assert b"Exception ignored" not in result.stderr
    assert bool(result.stderr) == bool(code)


@POSIX
def test_an_interrupt_ends_quietly(environment):
    command = [sys.executable, "-m", "kullback", "compare", "-", "1"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        # It is at its work when it has emptied the pipe.
        os.set_blocking(process.stdin.fileno(), False)
        wait_until_read(process.stdin)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == b""
    assert err.strip() == b""


def wait_until_read(stream, size=1 << 16):
    """Fill a pipe, and return once the other side has taken something out of it."""
    descriptor = stream.fileno()
    try:
        while os.write(descriptor, b"1\n" * (size // 2)):
            pass
    except BlockingIOError:
        pass
    _, writable, _ = select.select([], [descriptor], [], 30)
    assert writable
    time.sleep(0.05)


def test_an_interrupt_anywhere_in_a_command_ends_quietly(monkeypatch):
    from click.testing import CliRunner

    from kullback.cli import main

    def interrupted(request):
        raise KeyboardInterrupt

    monkeypatch.setattr("kullback.cli.inputs.read.read", interrupted)
    result = CliRunner().invoke(main, list(ANSWERED))
    assert result.exit_code == 130
    assert result.output.strip() == ""


def on_a_terminal(environment, *args, columns=80):
    """What a person sees: the output of a run whose standard output is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "kullback", *args], env=environment | {"COLUMNS": str(columns)}, stdout=theirs
    ) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # Linux's way to say that nobody writes any more
                break
            if not chunk:
                break
            seen += chunk
    os.close(ours)
    assert process.returncode == 0
    return seen.decode()


COLOUR = re.compile(r"\x1b\[[\d;]*3\d")
ESCAPE = re.compile(r"\x1b\[[\d;]*m")


@POSIX
def test_a_terminal_gets_colours_within_its_width_unless_it_wants_none(environment):
    for columns in (80, 50):
        seen = on_a_terminal(environment, *ANSWERED, columns=columns)
        assert COLOUR.search(seen)
        assert max(len(ESCAPE.sub("", line)) for line in seen.splitlines()) <= columns
    plain = on_a_terminal(environment | {"NO_COLOR": "1"}, *ANSWERED)
    assert not COLOUR.search(plain)
    assert "0.025267" in plain


@POSIX
def test_a_pipe_gets_no_escapes(shell):
    for line in ("kullback compare 1,2 2,1 | cat", "kullback compare 1,2 2,1 --explain | cat"):
        assert b"\x1b" not in shell(line).stdout


@POSIX
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_can_show_an_answer(shell, encoding):
    result = shell("kullback compare ‖é=1,😀=1 😀=1 --explain", PYTHONIOENCODING=encoding)
    assert result.returncode == 0, result.stderr
    stored = shell("kullback compare ‖é=1,😀=1 😀=1 --json", PYTHONIOENCODING=encoding)
    outcomes = [term["outcome"] for term in json.loads(stored.stdout)["terms"]]
    assert outcomes == ["‖é", "😀"]


def test_help_starts_fast_and_loads_nothing_heavy(environment):
    look = (
        "import sys; from kullback.cli import main; main({!r}, standalone_mode=False);"
        "print(*sorted({{m.partition('.')[0] for m in sys.modules}}), file=sys.stderr)"
    )
    for args in (["--help"], ["compare", "--help"]):
        result = subprocess.run(
            [sys.executable, "-c", look.format(args)], env=environment, capture_output=True, check=True
        )
        heavy = {"numpy", "rich", "pyarrow", "matplotlib", "constriction", "torch", "jax", "pandas", "scipy"}
        assert not heavy & set(result.stderr.decode().split())
    assert min(processor_time(environment) for _ in range(5)) < 0.3


def processor_time(environment):
    """Seconds of work for --help; a clock on the wall would also measure who else is at work."""
    before = os.times()
    subprocess.run([sys.executable, "-m", "kullback", "--help"], env=environment, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


@pytest.fixture
def example_files(tmp_path):
    """The files that the help's examples name."""
    (tmp_path / "english.txt").write_text("All human beings are born free and equal\n", encoding="utf-8")
    (tmp_path / "french.txt").write_text("Tous les êtres humains naissent libres\n", encoding="utf-8")
    (tmp_path / "sales.csv").write_text("item,2023,2024\npen,500,502\nink,300,299\n", encoding="utf-8")
    (tmp_path / "events.tsv").write_text("1\tx\ta\n2\tx\tb\n3\tx\ta\n", encoding="utf-8")
    (tmp_path / "expected.json").write_text('{"a": 0.5, "b": 0.25, "c": 0.25}', encoding="utf-8")
    np.save(tmp_path / "teacher.npy", np.array([1.0, -2.0, 0.5]))
    np.save(tmp_path / "student.npy", np.array([0.5, -1.0, 0.5]))


@POSIX
@pytest.mark.parametrize("command", ["", "compare"])
def test_the_examples_of_the_help_are_true(shell, example_files, command):
    text = shell(f"kullback {command} --help").stdout.decode()
    examples = [line.strip() for line in text.partition("Examples:\n")[2].splitlines() if line.strip()]
    assert len(examples) >= 2
    for example in examples:
        result = shell(f"set -o pipefail; {example}")
        assert result.returncode == 0, (example, result.stderr)
        assert result.stdout
        assert not result.stderr


@POSIX
def test_bash_completes(shell):
    ask = (
        'eval "$(kullback completion bash)"; COMP_WORDS=({}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1));'
        ' _kullback_completion kullback; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )

    def completed(words):
        result = shell(ask.format(words))
        assert result.returncode == 0, result.stderr
        return result.stdout.decode().split()

    assert completed("kullback comp") == ["compare", "completion"]
    assert "--fail-above" in completed("kullback compare --f")
    assert completed("kullback compare --unit b") == ["bits", "bans"]
    registered = shell('eval "$(kullback completion bash)"; complete -p kullback')
    assert b"_kullback_completion kullback" in registered.stdout


@POSIX
@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes(shell):
    ask = "fish --no-config -c 'kullback completion fish | source; complete -C \"{}\"'"
    found = shell(ask.format("kullback comp")).stdout.decode()
    assert [line.split("\t")[0] for line in found.splitlines()] == ["compare", "completion"]
    (unit,) = shell(ask.format("kullback compare --unit n")).stdout.decode().split()
    assert unit == "nats"


@POSIX
@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_completes(shell, tmp_path):
    # Outside its line editor zsh has no completion to fill in; the two functions that would print it instead.
    script = """
        autoload -Uz compinit; compinit -D
        eval "$(kullback completion zsh)"
        _describe() { print -l -- ${(P)3} }
        compadd() { print -l -- $@ }
        words=(kullback comp); CURRENT=2
        _kullback_completion
        print $_comps[kullback]
    """
    (tmp_path / "complete.zsh").write_text(script, encoding="utf-8")
    found = [line.partition(":")[0] for line in shell("zsh -f complete.zsh").stdout.decode().splitlines()]
    assert found == ["compare", "completion", "_kullback_completion"]
