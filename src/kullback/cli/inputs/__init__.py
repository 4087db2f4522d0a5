"""What stands for a distribution on the command line: typed numbers, files in many formats, standard input.

`read.read` is the door. `source` finds and bounds the bytes, one module per format turns them into `Found`
values, and `meaning` says whether those are probabilities, counts or logits, or refuses.
"""

from typing import Final

__all__ = ["FORMATS", "MEANINGS"]

#: What `--format` can name.
FORMATS: Final = ("csv", "tsv", "json", "npy", "npz", "parquet", "text")

#: What `--as` can say about values.
MEANINGS: Final = ("probs", "log-probs", "logits", "counts", "text")
