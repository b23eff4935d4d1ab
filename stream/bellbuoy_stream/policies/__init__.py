"""Policies: what rings the bell, and what is known about how often it rings by mistake."""

from bellbuoy_stream.policies.build import build_policy
from bellbuoy_stream.policies.calibration import calibrate, carried
from bellbuoy_stream.policies.multiscale_ks import MultiscaleKs
from bellbuoy_stream.policies.plan import Plan, multiscale_plan
from bellbuoy_stream.policies.protocol import Certificate, PaneCounts, Policy, Signal
from bellbuoy_stream.policies.rebaseline import Progress, Rebaseline
from bellbuoy_stream.policies.sequential import Sequential, SequentialPlan, sequential_plan
from bellbuoy_stream.policies.window_ks import WindowKs

__all__ = [
    "Certificate",
    "MultiscaleKs",
    "PaneCounts",
    "Plan",
    "Policy",
    "Progress",
    "Rebaseline",
    "Sequential",
    "SequentialPlan",
    "Signal",
    "WindowKs",
    "build_policy",
    "calibrate",
    "carried",
    "multiscale_plan",
    "sequential_plan",
]
