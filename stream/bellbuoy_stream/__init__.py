"""The pure core of Bellbuoy: events, counters, windows, detectors and rules.

Nothing here does I/O, reads a clock, starts a thread, logs or looks at the environment: every decision is a
function of the records of one log.  The five laws, each stated in one place:

1. a processor is a fold over one partition of one log: :mod:`bellbuoy_stream.processors.protocol`
2. what is added up is integers: :mod:`bellbuoy_stream.counting.layout`
3. partial results are cumulative, the longest wins: :mod:`bellbuoy_stream.counting.ledger`
4. decisions form chains: :mod:`bellbuoy_stream.rules.chain`
5. ids are content: :mod:`bellbuoy_stream.events.ids`
"""
