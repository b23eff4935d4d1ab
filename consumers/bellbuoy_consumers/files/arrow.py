"""pyarrow, imported when it is first needed."""

from __future__ import annotations

from typing import Any

from bellbuoy_stream.errors import InputError


def arrow() -> Any:
    """Import the module ``pyarrow``, with its ``compute``, ``csv`` and ``types``.

    Raises
    ------
    InputError
        Where it is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  # heavy, and an extra
        import pyarrow.compute  # noqa: PLC0415
        import pyarrow.csv  # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            "reading files needs pyarrow, which is not installed: pip install 'bellbuoy[workers]'"
        ) from error
    return pa
