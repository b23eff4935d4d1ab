"""What a version's rows looked like when all was well: cut points, exact counts, calibration.

Building one from rows is :mod:`bellbuoy_stream.building`: it counts with the code of the stream and calibrates with
that of the policies, and both read references.
"""

from bellbuoy_stream.references.cuts import SEGMENT, WHOLE, Resolution, choose_cuts, tail_unit
from bellbuoy_stream.references.kinds import Guess, Profile, guess_column, guess_kind
from bellbuoy_stream.references.reference import (
    Calibration,
    ColumnReference,
    Derivation,
    HighestShares,
    Reference,
    decode_reference,
)
from bellbuoy_stream.references.sketch import RankSketch

__all__ = [
    "SEGMENT",
    "WHOLE",
    "Calibration",
    "ColumnReference",
    "Derivation",
    "Guess",
    "HighestShares",
    "Profile",
    "RankSketch",
    "Reference",
    "Resolution",
    "choose_cuts",
    "decode_reference",
    "guess_column",
    "guess_kind",
    "tail_unit",
]
