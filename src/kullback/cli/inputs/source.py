"""Where bytes come from: a file or standard input, bounded in size, with the format that they are in."""

import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO, Final

from kullback.errors import InvalidInputError

__all__ = ["LIMIT", "Source", "check_magic", "exists", "find", "megabytes"]

#: How much is read of one input, packed or unpacked; Python holds larger arrays better than a command does.
LIMIT: Final = 1 << 28

_SUFFIXES: Final = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".npy": "npy",
    ".npz": "npz",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".txt": "text",
    ".md": "text",
}

_MAGIC: Final = {b"\x93NUMPY": "npy", b"PK\x03\x04": "npz", b"PAR1": "parquet"}

_PACKED: Final = {
    b"\x1f\x8b": "gunzip -c",
    b"BZh": "bunzip2 -c",
    b"\xfd7zXZ": "unxz -c",
    b"(\xb5/\xfd": "unzstd -c",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes, the `name` that messages call them by, the `part` (column, array) asked for, and the format.

    `format` is None where neither the caller nor the name says it; `told` when the caller did.
    """

    name: str
    data: bytes
    part: str | None
    format: str | None
    told: bool


def find(text: str, format: str | None) -> Source:
    """Read the file that `text` names, or standard input for ``-``; ``FILE:PART`` names a column or array.

    Raises
    ------
    InvalidInputError
        If there is no such file, it cannot be read, or it is larger than `LIMIT`.
    """
    if text == "-" or text.startswith("-:"):
        data = _bounded(sys.stdin.buffer, "standard input")
        return _source("standard input", data, text[2:] or None, format, None)
    path, part = _path_and_part(text)
    if path.is_dir():
        raise InvalidInputError(f"{path} is a directory; name a file in it.")
    try:
        with path.open("rb") as stream:
            data = _bounded(stream, str(path))
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from None
    return _source(str(path), data, part, format, _SUFFIXES.get(path.suffix.lower()))


def exists(text: str) -> bool:
    """Say whether `text` names something in the file system; odd names (too long, with NUL) do not."""
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False


def megabytes(size: int) -> str:
    """A size for people."""
    return f"{size / 2**20:,.0f} MiB"


def check_magic(source: Source) -> str | None:
    """Say the binary format that the first bytes declare, and refuse packed files and contradictions."""
    for magic, command in _PACKED.items():
        if source.data.startswith(magic):
            raise InvalidInputError(
                f"{source.name} is compressed; unpack it first: {command} FILE | kullback compare - ..."
            )
    declared = next((name for magic, name in _MAGIC.items() if source.data.startswith(magic)), None)
    if declared is not None and source.format not in (None, declared):
        raise InvalidInputError(
            f"{source.name} is to be read as {source.format}, but its first bytes are those of "
            f"{declared}; say which with --format {declared}."
        )
    return declared


def _source(name: str, data: bytes, part: str | None, format: str | None, suffix: str | None) -> Source:
    if not data:
        raise InvalidInputError(f"{name} is empty; a distribution has at least one outcome.")
    return Source(name, data, part, format or suffix, told=format is not None)


def _bounded(stream: BinaryIO, name: str) -> bytes:
    data = stream.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise InvalidInputError(
            f"{name} is larger than the {megabytes(LIMIT)} that this command reads; load it in Python and "
            "call kullback.compare."
        )
    return data


def _path_and_part(text: str) -> tuple[Path, str | None]:
    """Split ``FILE:PART`` at the last colon whose left side is a file; a file of that very name is first."""
    if exists(text):
        return Path(text), None
    at = text.rfind(":")
    while at > 0:
        if exists(text[:at]):
            return Path(text[:at]), text[at + 1 :] or None
        at = text.rfind(":", 0, at)
    raise InvalidInputError(_no_such(text))


def _no_such(text: str) -> str:
    path = Path(text.split(":")[0] or text)
    try:
        here = sorted(entry.name for entry in path.parent.iterdir())
    except (OSError, ValueError):
        here = []
    close = get_close_matches(path.name, here, n=2, cutoff=0.75)
    if close:
        options = " or ".join(repr(str(path.parent / name)) for name in close)
        return f"there is no file {text!r}. Did you mean {options}?"
    return (
        f"{text!r} is neither a file nor a list of numbers; write numbers as 0.5,0.3,0.2, labelled ones as "
        "a=0.5,b=0.5, or name a file (- is standard input)."
    )
