"""The tables of the quality rules: silence where nothing is broken, and each fault found by its own rule."""

from validity.faults import FAULT_HEAD, FAULTS, RULES, SPOKEN_HEAD, run_faults


def test_rules_are_silent_on_sound_streams_and_find_their_own_faults() -> None:
    spoken, found = run_faults(20130, fast=True)
    assert all(len(line) == len(SPOKEN_HEAD) for line in spoken)
    assert [line[2:] for line in spoken] == [["0"] * len(RULES)] * len(spoken)
    independent = found[: len(FAULTS)]
    assert all(len(line) == len(FAULT_HEAD) for line in found)
    shares = {line[0]: int(line[-1].split(" ")[0]) for line in independent}
    assert all(share >= 75 for share in shares.values()), shares
    assert {fault.rule for fault in FAULTS} == set(RULES)
