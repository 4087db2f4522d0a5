"""Parquet, through pyarrow: columns by name, with nothing missing."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kullback.cli.inputs.found import Found
from kullback.cli.inputs.source import LIMIT, megabytes
from kullback.cli.inputs.table import Choice, Column, Table
from kullback.errors import DtypeError, InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["read_parquet"]


def read_parquet(data: bytes, name: str, choice: Choice) -> Found:
    """Read a table of Parquet.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    InvalidInputError
        If the file is damaged, too large, or has missing values in a column that is used.
    """
    try:
        import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow ships no types
        import pyarrow.parquet as pq  # type: ignore[import-untyped]  # nor does this part
    except ImportError:
        raise MissingExtraError(
            f"{name} is Parquet, which needs pyarrow: pip install 'kullback[parquet]'"
        ) from None
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        size = file.metadata.num_rows * 8  # runs of one value pack into a few bytes, whatever their length
        if size > LIMIT:
            raise InvalidInputError(
                f"{name} has {file.metadata.num_rows:,} rows, more than the {megabytes(LIMIT)} that this "
                "command reads; load it in Python and call kullback.compare."
            )
        table = file.read()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInputError(f"{name} is not a sound Parquet file: {str(error).splitlines()[0]}") from None
    if not table.num_columns or not table.num_rows:
        raise InvalidInputError(f"{name} holds no values.")
    columns = tuple(_column(key, table.column(i), name) for i, key in enumerate(table.column_names))
    return Table(name, columns).find(choice)


def _column(key: str, column: Any, name: str) -> Column:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    where = f"{name}, column {key!r}"

    def cells() -> "Sequence[str]":
        _check_complete(column, where)
        return [str(x) for x in column.to_pylist()]

    def numbers() -> tuple[NDArray[Any], bool]:
        _check_complete(column, where)
        whole = pa.types.is_integer(kind)
        values = np.asarray(column.cast(pa.float64()) if pa.types.is_decimal(kind) else column)
        return values.astype(np.float64) if whole else values, whole

    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return Column(key, cells if _has_text(kind) else _refuse(where, kind), numbers if numeric else None)


def _has_text(kind: Any) -> bool:
    import pyarrow as pa

    tests = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_decimal,
        pa.types.is_date,
        pa.types.is_boolean,
    )
    return any(test(kind) for test in tests)


def _refuse(where: str, kind: Any) -> Any:
    def cells() -> "Sequence[str]":
        raise DtypeError(f"{where} is of type {kind}; use a column of numbers, or one of text.")

    return cells


def _check_complete(column: Any, where: str) -> None:
    if column.null_count:
        at = column.is_null().to_pylist().index(True)
        raise InvalidInputError(
            f"{where}: value {at + 1} is missing ({column.null_count} in all); fill or drop the gaps first."
        )
