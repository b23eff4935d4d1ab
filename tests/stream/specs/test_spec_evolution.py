"""A spec inside a marker grows as events do: an older worker reads a newer one."""

from bellbuoy_stream.events.codec import decode
from bellbuoy_stream.events.markers import SpecEffective


def test_sections_and_keys_of_a_later_version_are_ignored_on_the_wire() -> None:
    event = decode(
        b'{"kind":"spec","spec":{"model":"m","later":{"x":1},"window":{"size":"1w","pane":"1d","later":2}}}'
    )
    assert isinstance(event, SpecEffective)
    assert (event.spec.model, event.spec.window.size) == ("m", "1w")
