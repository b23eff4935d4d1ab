"""From rows that an app logs to records on a log: buffered, packed, split and sent in a thread of their own."""
