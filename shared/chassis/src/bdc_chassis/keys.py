"""Keys of NATS KV buckets: `<service>.<partition>`, the partition escaped so that any name is a valid key."""

import re

_UNSAFE = re.compile(rb"[^A-Za-z0-9_/-]")


def partition_key(service: str, partition: str) -> str:
    """Return the key; every byte outside `A-Z a-z 0-9 _ / -` becomes `=XX`, so different names never share one."""
    escaped = _UNSAFE.sub(lambda match: b"=%02X" % match[0][0], partition.encode("utf-8", "surrogatepass"))
    return f"{service}.{escaped.decode() or '='}"
