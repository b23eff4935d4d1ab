"""Law 3: partial results are cumulative, and the longest wins."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bellbuoy_stream.counting.ledger import Ledger
from bellbuoy_stream.counting.sparse import add_cells, to_cells
from bellbuoy_stream.events.panes import PaneDelta

WIDTH = 12


@given(st.lists(st.integers(0, 2**40), min_size=0, max_size=40))
def test_cells_on_the_wire_are_exact(counts: list[int]) -> None:
    vector = np.array(counts, dtype=np.int64)
    total = np.zeros(len(counts), dtype=np.int64)
    add_cells(to_cells(vector), total)
    assert total.tolist() == counts


@given(data=st.data())
def test_repeats_overlaps_and_order_fold_to_the_same_sum(data: st.DataObject) -> None:
    """Two partitions, three bins each; deltas repeated at will, but a bin's last one precedes the next bin."""
    rows = data.draw(st.lists(st.integers(0, WIDTH - 1), min_size=12, max_size=60))
    truth = np.zeros(WIDTH, dtype=np.int64)
    logs: list[list[PaneDelta]] = []
    for partition in (0, 1):
        mine = rows[partition::2]
        deltas = []
        for bin_start in range(0, len(mine), 7):
            vector = np.zeros(WIDTH, dtype=np.int64)
            for offset, cell in enumerate(mine[bin_start : bin_start + 7], start=bin_start):
                vector[cell] += 1
                truth[cell] += 1
                deltas.append(
                    PaneDelta(
                        model="m", version="1", spec="s", reference="r", partition=partition, bin=bin_start,
                        offset=offset + 1, start_us=0, end_us=1, cells=to_cells(vector),
                        rows=offset + 1 - bin_start,
                    )
                )  # fmt: skip
        # a crash: the log goes on from an earlier place, any number of times; then to the end
        log = list(deltas)
        for _ in range(data.draw(st.integers(0, 3))):
            cut = data.draw(st.integers(1, len(deltas)))
            back = next(n for n, delta in enumerate(deltas) if delta.bin == deltas[cut - 1].bin)
            log = [*deltas[:cut], *deltas[back:], *log]
        logs.append(log)
    ledger = Ledger()
    queues = [list(log) for log in logs]
    while any(queues):
        choice = data.draw(st.sampled_from([number for number, queue in enumerate(queues) if queue]))
        ledger.record(queues[choice].pop(0))
    total = np.zeros(WIDTH, dtype=np.int64)
    ledger.add_to(total)
    assert total.tolist() == truth.tolist()
    assert ledger.sums().rows == len(rows)
