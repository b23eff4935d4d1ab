"""Data breakage, told apart from drift: one rule, one file, all on cell counts."""

from bellbuoy_stream.quality.conversions import CONVERSIONS, Conversion
from bellbuoy_stream.quality.finding import DEFAULT_LIMITS, Limits, QualityFinding, Rule
from bellbuoy_stream.quality.inspect import RULES, WINDOW_RULES, Inspector, inspect
from bellbuoy_stream.quality.recovery import Fault, fault_of, recovered
from bellbuoy_stream.quality.shares import beyond, share_at_least, share_at_most

__all__ = [
    "CONVERSIONS",
    "DEFAULT_LIMITS",
    "RULES",
    "WINDOW_RULES",
    "Conversion",
    "Fault",
    "Inspector",
    "Limits",
    "QualityFinding",
    "Rule",
    "beyond",
    "fault_of",
    "inspect",
    "recovered",
    "share_at_least",
    "share_at_most",
]
