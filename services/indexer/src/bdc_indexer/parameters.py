"""The types of PostgreSQL that searches send as they are, so that no statement parses them again for every row."""

import struct
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SCHEMA = "SELECT typnamespace::regnamespace::text FROM pg_type WHERE oid = 'halfvec'::regtype"


async def take_parameters(connection: "asyncpg.Connection[Any]") -> None:
    """Let `connection` take a tsquery as its text and a halfvec as its binary form."""
    schema = await connection.fetchval(_SCHEMA)
    await connection.set_type_codec("halfvec", schema=schema, encoder=bytes, decoder=bytes, format="binary")
    await connection.set_type_codec("tsquery", schema="pg_catalog", encoder=str, decoder=str, format="text")


def to_halfvec(vector: "NDArray[np.float32]") -> bytes:
    """Return the binary form of a halfvec."""
    return struct.pack("!hh", len(vector), 0) + vector.astype(">f2").tobytes()
