"""What the number means: the bits that a real coder spends.

A code built for Q spends −log₂ q(x) bits on the symbol x. Storing what follows P with it costs D(P ‖ Q) more
bits per symbol than P's own code would: that is what a divergence in bits *is*. This room measures it.
`coding_cost` stores symbols with both codes, three ways (the ideal code, Huffman's, a range coder), decodes
them again, and reports the measured excess beside the divergence; `encode` and `decode` are the codes
alone.

All quantities are in bits. The range coder is that of the library `constriction`, in the extra
``kullback[coding]``.

References
----------
C. E. Shannon, "A Mathematical Theory of Communication", 1948. D. A. Huffman, "A Method for the Construction
of Minimum-Redundancy Codes", 1952. G. N. N. Martin, "Range encoding", 1979. T. M. Cover & J. A. Thomas,
"Elements of Information Theory", 2nd ed. 2006, Theorem 5.4.3 (the penalty for the wrong code).
"""

from kullback.coding.codec import Encoded, decode, encode
from kullback.coding.cost import CodeCost, CodingCost, coding_cost

__all__ = ["CodeCost", "CodingCost", "Encoded", "coding_cost", "decode", "encode"]
