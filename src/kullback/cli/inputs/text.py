"""Text: bytes to characters without guessing, and characters counted."""

import codecs
import unicodedata
from typing import Final

from kullback.cli.inputs.found import Found, counted
from kullback.errors import InvalidInputError

__all__ = ["characters", "decode", "read_text"]

# UTF-32 first: its little-endian mark begins with UTF-16's.
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def decode(data: bytes, name: str) -> str:
    r"""Decode UTF-8, or what a byte-order mark names; line ends become ``\n``.

    Raises
    ------
    InvalidInputError
        If the bytes are in no such encoding, or hold NUL characters (binary data, or UTF-16 without a mark).
    """
    encoding = next((known for mark, known in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{name} is not {encoding.removesuffix('-sig').upper()} text (byte {error.start}: "
            f"0x{data[error.start]:02x}). If it is text, convert it: iconv -f LATIN1 -t UTF-8; if it is "
            "something else, name it with --format."
        ) from None
    if "\0" in text:
        raise InvalidInputError(
            f"{name} holds NUL characters, so it is binary or UTF-16 without a byte-order mark. Convert it "
            "to UTF-8 (iconv -f UTF-16LE -t UTF-8), or name its format with --format."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def characters(text: str, *, letters: bool, lowercase: bool) -> str:
    """The characters of a text that are to be counted.

    Letters are what Unicode calls letters, after canonical composition (NFC), so that an é is one letter
    however it was typed.
    """
    if lowercase:
        text = text.lower()
    if letters:
        text = "".join(filter(str.isalpha, unicodedata.normalize("NFC", text)))
    return text


def read_text(text: str, name: str, *, letters: bool = False, lowercase: bool = False) -> Found:
    """Count the characters of a text: letters, blanks, marks and line ends alike, or letters only."""
    chosen = characters(text, letters=letters, lowercase=lowercase)
    return counted(chosen, "letters" if letters else "characters", name)
