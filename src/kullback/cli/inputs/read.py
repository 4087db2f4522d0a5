"""From a word of the command line to a measure."""

import re
from dataclasses import dataclass
from typing import Final

from kullback.cli.inputs.delimited import is_tabular, read_delimited
from kullback.cli.inputs.found import Found, Named, Reading
from kullback.cli.inputs.inline import is_inline, read_inline
from kullback.cli.inputs.json import read_json
from kullback.cli.inputs.numbers import looks_numeric
from kullback.cli.inputs.source import Source, check_magic, exists, find
from kullback.cli.inputs.table import Choice
from kullback.cli.inputs.text import decode, read_text
from kullback.errors import InvalidInputError

__all__ = ["Request", "read"]

_NAMED_DISTRIBUTION: Final = re.compile(r"[A-Za-z_]\w*\s*\(.*\)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Request:
    """One input as it was asked for: the word itself, and what the options say about it."""

    text: str
    meaning: str | None = None
    format: str | None = None
    column: str | None = None
    labels: str | None = None
    header: bool | None = None
    letters: bool = False
    lowercase: bool = False


def read(request: Request) -> Reading | Named:
    """Read what a word of the command line stands for.

    Raises
    ------
    KullbackError
        If it cannot be found, read, or understood in exactly one way.
    """
    if _NAMED_DISTRIBUTION.fullmatch(request.text) and not exists(request.text):
        return _distribution(request)
    from kullback.cli.inputs.meaning import understand

    found = _find(request)
    if request.labels is not None and found.labels is None:
        raise InvalidInputError(
            f"--labels asks for outcomes by name, and {found.where} names none; leave --labels away to match "
            "by position, or label both sides."
        )
    return understand(found, request.meaning)


def _distribution(request: Request) -> Named:
    """Read a named distribution, ``normal(0, 1)``, for which the options about data mean nothing."""
    about_data = {
        "--as": request.meaning,
        "--format": request.format,
        "--column": request.column,
        "--labels": request.labels,
        "--header": request.header,
    }
    given = [option for option, value in about_data.items() if value is not None]
    if given:
        raise InvalidInputError(
            f"{request.text!r} is a named distribution, which has no data for {' and '.join(given)}; leave "
            f"{'it' if len(given) == 1 else 'them'} away, or write ./{request.text} for a file of that name."
        )
    from kullback.distributions.adapters.text import describe, parse

    record = parse(request.text)
    return Named(record, describe(record))


def _find(request: Request) -> Found:
    text = request.text
    if text != "-" and is_inline(text):
        if exists(text.strip()):
            raise InvalidInputError(
                f"{text!r} may be numbers or the file of that name; write ./{text} for the file."
            )
        return read_inline(text)
    if not text.strip():
        raise InvalidInputError(
            "an input is empty; give numbers (0.5,0.3,0.2), a file, or - for standard input."
        )
    return _in_format(find(text, request.format), request)


def _in_format(source: Source, request: Request) -> Found:
    declared = check_magic(source)
    part = source.part or request.column
    choice = Choice(part, request.labels, symbols=request.meaning == "text")
    match source.format or declared or _sniffed(source, request):
        case "npy":
            _refuse_part(source, "NumPy array")
            from kullback.cli.inputs.arrays import read_npy

            return read_npy(source.data, source.name)
        case "npz":
            from kullback.cli.inputs.arrays import read_npz

            return read_npz(source.data, source.name, part)
        case "parquet":
            from kullback.cli.inputs.parquet import read_parquet

            return read_parquet(source.data, source.name, choice)
        case "json":
            _refuse_part(source, "JSON file")
            return read_json(decode(source.data, source.name), source.name)
        case "csv" | "tsv" as kind:
            delimiter = "\t" if kind == "tsv" else None
            text = decode(source.data, source.name)
            return read_delimited(text, source.name, choice, delimiter=delimiter, header=request.header)
        case _:
            _refuse_part(source, "text")
            return _text(source, request)


def _sniffed(source: Source, request: Request) -> str:
    """Say the format of content whose name does not tell it."""
    text = decode(source.data, source.name)
    if text.lstrip()[:1] in ("[", "{"):
        return "json"
    if request.meaning != "text" and (source.part or request.column or is_tabular(text, source.name)):
        return "csv"
    return "text"


def _text(source: Source, request: Request) -> Found:
    """Count characters, unless the text seems to hold numbers and nobody said that it is a text."""
    text = decode(source.data, source.name)
    if (
        not source.told
        and request.meaning != "text"
        and (looks_numeric(text) or is_tabular(text, source.name))
    ):
        raise InvalidInputError(
            f"{source.name} looks like a table of numbers; add --format csv to read it as one, or --as text "
            "to count its characters."
        )
    return read_text(text, source.name, letters=request.letters, lowercase=request.lowercase)


def _refuse_part(source: Source, kind: str) -> None:
    if source.part is not None:
        raise InvalidInputError(
            f"{source.name} is a {kind}, which has no part {source.part!r}; leave ':{source.part}' away."
        )
