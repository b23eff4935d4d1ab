"""The policy that a spec names, on a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.policies.multiscale_ks import MultiscaleKs
from bellbuoy_stream.policies.plan import multiscale_plan
from bellbuoy_stream.policies.sequential import Sequential, sequential_plan
from bellbuoy_stream.policies.window_ks import WindowKs

if TYPE_CHECKING:
    from bellbuoy_stream.policies.protocol import Policy
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec


def build_policy(
    spec: MonitorSpec,
    reference: Reference,
    columns: list[str] | None = None,
    share: float = 1.0,
    state: bytes | None = None,
) -> Policy:
    """Detector over some columns (all, where None) of one version or segment.

    Parameters
    ----------
    spec
        ``drift.policy`` names the policy; window, budget and smallest effects are read too.
    reference
        What the stream is held against; the policy works on ``reference.layout`` vectors.
    columns
        Columns to watch, in the order in which signals come.
    share
        Part of the model's false-alarm budget that is this policy's, above 0 and at most 1.  The policy divides
        it in equal fixed parts over its columns and scales.
    state
        What the same policy's ``snapshot`` gave, or None.

    Raises
    ------
    SpecError
        Where a column is unknown, the share impossible, or the policy refuses this reference.
    SnapshotError
        Where the state is not this policy's.
    """
    if not 0 < share <= 1:
        raise SpecError(f"the share of the false-alarm budget is {share}; it must be above 0 and at most 1")
    match spec.drift.policy:
        case "window_ks":
            return WindowKs(spec, reference, columns, share, state)
        case "sequential":
            return Sequential(sequential_plan(spec, reference, columns, share), state)
        case _:
            return MultiscaleKs(multiscale_plan(spec, reference, columns, share), state)
