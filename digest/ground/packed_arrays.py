"""Write arrays, and values of JSON beside them, as one octet string, and read them again.

    length of the head (8 octets, little endian), head (JSON), octets of each array in turn

The head names the arrays with their types and shapes; all begin at a multiple of eight octets.
Numbers are in this machine's order. Nothing that is read is run.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LENGTH = 8
_TYPES = ("int64", "float64")
Arrays = Mapping[str, NDArray[Any]]


def pack(values: Any, arrays: Arrays) -> bytes:
    """Return values and arrays as octets; the arrays are of int64 or float64."""
    named = [(name, one.dtype.name, one.shape) for name, one in arrays.items()]
    head = json.dumps([values, named]).encode()
    head += b" " * (-len(head) % _LENGTH)
    parts = [np.ascontiguousarray(one).tobytes() for one in arrays.values()]
    return b"".join([len(head).to_bytes(_LENGTH, "little"), head, *parts])


def unpack(data: memoryview) -> tuple[Any, dict[str, NDArray[Any]]]:
    """Return the values, and the arrays as read-only views of the octets.

    ValueError for what `pack` did not write.
    """
    at = _LENGTH + int.from_bytes(data[:_LENGTH], "little")
    values, named = json.loads(bytes(data[_LENGTH:at]))
    arrays = {}
    for name, kind, shape in named:
        if kind not in _TYPES:
            raise ValueError(f"an array of the type {kind}")
        size = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(data, kind, size, at).reshape(shape)
        at += arrays[name].nbytes
    return values, arrays
