"""NumPy's files: one array (.npy), or named arrays (.npz). Nothing in them is ever executed."""

import io
import lzma
import tokenize
import warnings
import zipfile
import zlib
from difflib import get_close_matches
from typing import Any, Final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from kullback.cli.inputs.found import Found, counted
from kullback.cli.inputs.source import LIMIT, megabytes
from kullback.errors import DtypeError, InvalidInputError, ShapeError

__all__ = ["read_npy", "read_npz"]

_NOT_A_ZIP: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # a compression that this Python lacks
    OSError,
    RuntimeError,  # an encrypted member
    ValueError,
)


_NO_HEADER: Final = (
    ValueError,
    TypeError,
    SyntaxError,
    EOFError,
    OverflowError,
    RecursionError,
    tokenize.TokenError,
)


def read_npy(data: bytes, name: str) -> Found:
    """Read one array.

    Raises
    ------
    InvalidInputError
        If the file is damaged, or its header promises more than the file holds.
    DtypeError
        If the array holds Python objects, complex numbers, or anything but numbers or text.
    """
    stream = io.BytesIO(data)
    try:
        shape, dtype = _header(stream)
    except _NO_HEADER as error:
        raise InvalidInputError(f"{name} is not a NumPy array file: {_first_line(error)}.") from None
    if dtype.kind not in "iufU":
        raise DtypeError(
            f"{name} holds an array of dtype {dtype}; values must be real numbers (or texts, which are "
            "counted)."
        )
    size = dtype.itemsize
    for n in shape:
        size *= n
    rest = len(data) - stream.tell()
    if size != rest:
        raise InvalidInputError(
            f"{name} is damaged: shape {shape} of {dtype} takes {size} bytes, and {rest} are there. "
            "Save it again with numpy.save."
        )
    return _found(npy.read_array(io.BytesIO(data), allow_pickle=False), name)


def read_npz(data: bytes, name: str, part: str | None) -> Found:
    """Read the array called `part`, or the only one.

    Raises
    ------
    InvalidInputError
        If the archive is damaged, holds several arrays and none is chosen, or unpacks to more than `LIMIT`.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _NOT_A_ZIP as error:
        raise InvalidInputError(f"{name} is not a NumPy archive: {_first_line(error)}.") from None
    with archive:
        member = _member(archive, name, part)
        where = f"{name}, array {member.filename.removesuffix('.npy')!r}"
        try:
            with archive.open(member) as stream:
                unpacked = stream.read(LIMIT + 1)
        except _NOT_A_ZIP as error:
            raise InvalidInputError(f"{where} is damaged: {_first_line(error)}.") from None
    if len(unpacked) > LIMIT:
        raise InvalidInputError(
            f"{where} unpacks to more than the {megabytes(LIMIT)} that this command reads."
        )
    return read_npy(unpacked, where)


def _header(stream: io.BytesIO) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(stream)
    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"version {version[0]}.{version[1]} of the format is not known here")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Python 2 wrote is read all the same
        shape, _, dtype = read(stream)
    if not all(isinstance(n, int) and n >= 0 for n in shape):
        raise ValueError(f"shape {shape} is impossible")
    return shape, dtype


def _member(archive: zipfile.ZipFile, name: str, part: str | None) -> zipfile.ZipInfo:
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    if not members:
        raise InvalidInputError(f"{name} holds no array.")
    if part is None:
        if len(members) == 1:
            return next(iter(members.values()))
        offer = " or ".join(repr(f"{name}:{key}") for key in list(members)[:6])
        raise InvalidInputError(f"{name} holds {len(members)} arrays; choose one: {offer}.")
    if part in members:
        return members[part]
    close = get_close_matches(part, members, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]!r}?" if close else f"It holds {', '.join(map(repr, list(members)[:12]))}."
    raise InvalidInputError(f"{name} has no array {part!r}. {hint}")


def _found(values: NDArray[Any], name: str) -> Found:
    if values.ndim == 2 and 1 in values.shape:
        values = values.ravel()
    if values.ndim != 1:
        raise ShapeError(
            f"{name} has shape {values.shape}; this command compares two vectors. For rows of distributions, "
            "call kullback.kl_divergence in Python."
        )
    if values.dtype.kind == "U":
        return counted((str(x) for x in values), "symbols", name)
    whole = values.dtype.kind in "iu"
    dtype = np.dtype(np.float64) if whole else values.dtype.newbyteorder("=")  # sums of integers may overflow
    return Found(values.astype(dtype), name, whole=whole)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
