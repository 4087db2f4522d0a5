"""The pair of rules that every panel is integrated with: Gauss's with 10 points inside Kronrod's with 21."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["GAUSS", "KRONROD", "NODES", "Floats"]

Floats = NDArray[np.float64]

#: Nodes on (−1, 0) and both rules' weights, from the outside in (Piessens et al., QUADPACK 1983).
_HALF: Final = (
    (0.9956571630258081, 0.011694638867371874, 0.0),
    (0.9739065285171717, 0.032558162307964725, 0.06667134430868814),
    (0.9301574913557082, 0.054755896574351995, 0.0),
    (0.8650633666889845, 0.07503967481091996, 0.1494513491505806),
    (0.7808177265864169, 0.0931254545836976, 0.0),
    (0.6794095682990244, 0.10938715880229764, 0.21908636251598204),
    (0.5627571346686047, 0.12349197626206584, 0.0),
    (0.4333953941292472, 0.13470921731147334, 0.26926671930999635),
    (0.2943928627014602, 0.14277593857706009, 0.0),
    (0.14887433898163122, 0.1477391049013385, 0.29552422471475287),
)
_MIDDLE: Final = 0.1494455540029169

_outside: Final = np.array(_HALF)
#: 21 nodes in rising order, and the weights of both rules there (Gauss's are 0 at the nodes that it lacks).
NODES: Final[Floats] = np.concatenate([-_outside[:, 0], [0.0], _outside[::-1, 0]])
KRONROD: Final[Floats] = np.concatenate([_outside[:, 1], [_MIDDLE], _outside[::-1, 1]])
GAUSS: Final[Floats] = np.concatenate([_outside[:, 2], [0.0], _outside[::-1, 2]])
