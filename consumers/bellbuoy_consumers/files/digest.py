"""The digest of a file's bytes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bellbuoy_stream.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

BLOCK_BYTES = 1 << 20


def file_digest(path: Path, *parts: str) -> str:
    r"""Digest (BLAKE2b, 16 bytes, hex) of a file's bytes and of some words about their use.

    Raises
    ------
    InputError
        Where the file cannot be read.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "rows.csv")
    ...     _ = path.write_text("x\n1\n")
    ...     file_digest(path, "flights@1") == file_digest(path, "flights@2")
    False
    """
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16)
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()
