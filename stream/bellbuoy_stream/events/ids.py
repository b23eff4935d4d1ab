"""Ids are content (law 5), and where a row's id sends it.

An id is a digest of what it names: never random, never wall time.  The same log gives the same ids.
"""

import hashlib
from zlib import crc32

from bellbuoy_stream.times import rfc3339


def content_id(kind: str, *parts: str | int) -> str:
    """Id of a decision or a window from everything that makes it what it is.

    Examples
    --------
    >>> content_id("window", "flights", "1", 0, 86400000000)
    'window-8ai7tybi9zdqa'
    """
    digest = hashlib.blake2b("\x1f".join(map(str, (kind, *parts))).encode(), digest_size=8).digest()
    return f"{kind}-{_base32(digest)}"


def digest_of(data: bytes) -> str:
    """Digest (BLAKE2b, 16 bytes, hex) that names immutable content: a reference, a spec, a file.

    Examples
    --------
    >>> digest_of(b"abc")
    'cf4ab791c62b8d2b2109c90275287816'
    """
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def partition_of(row_id: str, partitions: int) -> int:
    """Partition of a row id: CRC-32 of what stands before the first ``~``, or else of the whole id.

    Examples
    --------
    >>> partition_of("k3f~17", 4) == partition_of("k3f~18", 4)
    True
    """
    return crc32(row_id.partition("~")[0].encode("utf-8", "surrogatepass")) % partitions


def window_name(model: str, version: str, start_us: int, end_us: int) -> str:
    """A window in words, for messages.

    Examples
    --------
    >>> window_name("flights", "1", 0, 3_600_000_000)
    'flights@1 [1970-01-01T00:00:00Z, 1970-01-01T01:00:00Z)'
    """
    return f"{model}@{version} [{rfc3339(start_us)}, {rfc3339(end_us)})"


_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 signs, none mistaken for another


def _base32(data: bytes) -> str:
    number = int.from_bytes(data)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(0, len(data) * 8, 5))
