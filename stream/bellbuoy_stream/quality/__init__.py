"""Data breakage, told apart from drift: one rule, one file, all on cell counts."""

from bellbuoy_stream.quality.conversions import CONVERSIONS, Conversion
from bellbuoy_stream.quality.finding import DEFAULT_LIMITS, Limits, QualityFinding, Rule
from bellbuoy_stream.quality.inspect import RULES, Inspector, inspect
from bellbuoy_stream.quality.shares import beyond, share_at_least, share_at_most

__all__ = [
    "CONVERSIONS",
    "DEFAULT_LIMITS",
    "RULES",
    "Conversion",
    "Inspector",
    "Limits",
    "QualityFinding",
    "Rule",
    "beyond",
    "inspect",
    "share_at_least",
    "share_at_most",
]
