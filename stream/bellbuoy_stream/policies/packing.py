"""Integer arrays as few bytes: the narrowest type that holds them, then zlib at its fastest level."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.errors import SnapshotError

if TYPE_CHECKING:
    from numpy.typing import NDArray

TYPES = ("<u1", "<i2", "<i4", "<i8")
LEVEL = 1  # higher levels cost ten times the time for a few per cent


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    dtype: str
    shape: tuple[int, ...]
    data: bytes


_decoder = msgspec.msgpack.Decoder(_Packed)


def pack_counts(counts: NDArray[np.int64]) -> bytes:
    """Bytes of an integer array of any shape; :func:`unpack_counts` gives it back exactly.

    Examples
    --------
    >>> import numpy as np
    >>> unpack_counts(pack_counts(np.array([[1, 300]]))).tolist()
    [[1, 300]]
    """
    low, high = (int(counts.min()), int(counts.max())) if counts.size else (0, 0)
    dtype = next(d for d in TYPES if np.iinfo(d).min <= low and high <= np.iinfo(d).max)
    data = zlib.compress(np.ascontiguousarray(counts, dtype=dtype).tobytes(), LEVEL)
    return msgspec.msgpack.encode(_Packed(dtype, counts.shape, data))


def unpack_counts(data: bytes) -> NDArray[np.int64]:
    """The array that was packed, as int64.

    Raises
    ------
    SnapshotError
        Where the bytes are not what :func:`pack_counts` wrote.
    """
    try:
        packed = _decoder.decode(data)
        flat = np.frombuffer(zlib.decompress(packed.data), dtype=packed.dtype)
        return flat.astype(np.int64).reshape(packed.shape)
    except (msgspec.DecodeError, zlib.error, ValueError, TypeError) as error:
        raise SnapshotError(
            f"packed counts cannot be read ({error}); start the detector without this state"
        ) from error
