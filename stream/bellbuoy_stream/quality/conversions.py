"""Known changes of unit: new = factor * old + offset."""

from __future__ import annotations

from typing import NamedTuple


class Conversion(NamedTuple):
    """One change of unit."""

    old: str
    new: str
    factor: float
    offset: float = 0.0

    def reversed(self) -> Conversion:
        """Change back.

        Examples
        --------
        >>> Conversion("C", "F", 1.8, 32.0).reversed().offset.__round__(4)
        -17.7778
        """
        return Conversion(self.new, self.old, 1 / self.factor, -self.offset / self.factor)

    @property
    def words(self) -> str:
        """How it reads in a sentence.

        Examples
        --------
        >>> Conversion("C", "F", 1.8, 32.0).words, Conversion("hPa", "inHg", 0.02953).words
        ('C -> F (x 1.8 + 32)', 'hPa -> inHg (x 0.02953)')
        """
        sign = "-" if self.offset < 0 else "+"
        offset = f" {sign} {abs(self.offset):.4g}" if self.offset else ""
        return f"{self.old} -> {self.new} (x {self.factor:.4g}{offset})"


# No factors of a few, on purpose (miles and kilometres, pounds, tenths): genuine growth looks like one of them, and on
# rows that share their hour no shape tells them apart.  docs/decisions/0012-units-that-are-named.md
_ONE_WAY = (
    Conversion("C", "F", 1.8, 32.0),
    Conversion("C", "K", 1.0, 273.15),
    Conversion("F", "K", 1 / 1.8, 459.67 / 1.8),
    Conversion("hPa", "inHg", 1 / 33.8639),
    Conversion("inHg", "mmHg", 25.4),
    Conversion("oz", "g", 28.34952),
    Conversion("s", "ms", 1e3),
    Conversion("s", "us", 1e6),
    Conversion("s", "ns", 1e9),
    Conversion("min", "s", 60.0),
    Conversion("h", "s", 3600.0),
    Conversion("days", "h", 24.0),
    Conversion("days", "s", 86400.0),
    Conversion("units", "hundredths", 100.0),
    Conversion("units", "thousandths", 1e3),
    Conversion("radians", "degrees", 57.29578),
)

CONVERSIONS = (*_ONE_WAY, *(conversion.reversed() for conversion in _ONE_WAY))
"""Each in both directions.  Several share a factor: the first one found gives the name."""
