"""Law 3: partial results are cumulative, and the longest wins."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bellbuoy_stream.counting.ledger import Ledger
from bellbuoy_stream.counting.sparse import add_cells, reach, to_cells
from bellbuoy_stream.events.panes import PaneDelta

WIDTH = 12


COUNTS = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 2**18), st.integers(-(2**63), 2**63 - 1))


@given(st.lists(COUNTS, min_size=0, max_size=60))
def test_cells_on_the_wire_are_exact(counts: list[int]) -> None:
    vector = np.array(counts, dtype=np.int64)
    total = np.zeros(len(counts), dtype=np.int64)
    cells = to_cells(vector)
    add_cells(cells, total)
    assert total.tolist() == counts
    assert reach(cells) <= len(counts)
    assert reach(cells) > max((at for at, count in enumerate(counts) if count), default=-1)


def test_a_few_sums_do_not_make_all_counts_wide() -> None:
    vector = np.random.default_rng(0).poisson(8, 10_260).astype(np.int64)
    vector[::500] = 1 << 36
    cells = to_cells(vector)
    assert cells.beyond is not None
    assert len(cells.data) + len(cells.beyond.data) < 1.1 * vector.size


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
