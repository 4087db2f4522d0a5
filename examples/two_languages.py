"""How far apart are the letters of two languages, and what does that cost?

    python two_languages.py                   Finnish and German
    python two_languages.py english french    any two of the texts in data/

Both texts are the Universal Declaration of Human Rights. The letters of one are stored with a code made for
the other; the extra bits per letter are the Kullback-Leibler divergence.
"""

import argparse
import math
from pathlib import Path

from kullback import Counts, compare
from kullback.coding import CodingCost, coding_cost

DATA = Path(__file__).parent / "data"
LANGUAGES = sorted(file.stem.removeprefix("udhr_") for file in DATA.glob("udhr_*.txt"))


def letters(language: str) -> str:
    """Return the letters of the declaration, small, without anything between them."""
    text = (DATA / f"udhr_{language}.txt").read_text(encoding="utf-8")
    return "".join(filter(str.isalpha, text.lower()))


def tell(first: str, second: str, picture: Path) -> None:
    """Print the whole story of two languages, and draw it."""
    texts = letters(first), letters(second)
    names = first.capitalize(), second.capitalize()
    p, q = map(Counts.of, texts)

    heading(f"How far is {names[0]} from {names[1]}, letter by letter?")
    forward = compare(p, q, unit="bits", names=names)
    backward = compare(q, p, unit="bits", names=names[::-1])
    print(forward, backward, sep="\n")

    heading("Which letters make the difference?")
    if math.isinf(forward.value):
        print(f"Infinity cannot be taken apart, so {names[1]} is smoothed here: half a count more for")
        print("every letter of the two languages.\n")
        half_more = q.smoothed(0.5, outcomes=texts[0])
        forward = compare(p, half_more, unit="bits", names=(names[0], f"{names[1]}, smoothed"))
    print(forward.explain(digits=4, max_terms=8))
    forward.plot(picture)
    print(f"\nAll of them are drawn in {picture}")

    heading("What does it cost to take one for the other?")
    store(texts, names)
    print()
    store(texts[::-1], names[::-1])
    print("\nThe bytes of Huffman's code and of the range coder are real, and were decoded again without a")
    print("loss. Huffman's spends whole bits on a letter; the range coder rounds a little, and ends late.")


def store(texts: tuple[str, str], names: tuple[str, str]) -> None:
    """Store the first text with its own code and with the code of the second, and print the sizes."""
    text, other = texts
    name, code = names
    print(f"{name} ({len(text)} letters) stored with the code of {code}:")
    missing = sorted(set(text) - set(other))
    if missing:
        print(f"  {code} has no {', '.join(missing)}: its code has no word for that, and D = ∞.")
        print("  With half a count more for every letter, it can be stored:")
    counts = Counts.of(other)
    q = counts.smoothed(0.5, outcomes=missing) if missing else counts
    cost = coding_cost(text, q=q, names=names)
    print(table(cost, code))


def table(cost: CodingCost, code: str) -> str:
    """Lay out the bits per letter of each kind of code, made for the text itself and for the other one."""
    theirs = f"{code}'s"
    lines = [f"  {'bits per letter':24}{'own code':>10}{theirs:>11}{'extra':>9}   bytes"]
    for kind, bits in (
        ("ideal code, −log₂ q(x)", cost.ideal),
        ("Huffman, whole bits", cost.huffman),
        ("range coder", cost.range_coder),
    ):
        sizes = f"{bits.bytes_with_p} → {bits.bytes_with_q}"
        lines.append(
            f"  {kind:24}{bits.bits_with_p:10.4f}{bits.bits_with_q:11.4f}{bits.excess:9.4f}   {sizes}"
        )
    return "\n".join([*lines, f"  {'D, for comparison':24}{cost.divergence:30.4f}"])


def heading(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'─' * len(text)}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("first", nargs="?", default="finnish", choices=LANGUAGES)
    parser.add_argument("second", nargs="?", default="german", choices=LANGUAGES)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="default: FIRST_SECOND.png, here")
    asked = parser.parse_args()
    tell(asked.first, asked.second, asked.plot or Path(f"{asked.first}_{asked.second}.png"))
