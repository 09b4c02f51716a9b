"""Streams, buckets and durable consumers, created or brought up to date; running it again changes nothing."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bdc_contracts import ReplayRequested, streams
from bdc_contracts.streams import KeyValueBucket, ObjectBucket, Stream
from nats.js import JetStreamContext, api
from nats.js.errors import NotFoundError

from bdc_chassis.bus.connection import connect
from bdc_chassis.bus.projection import Projection
from bdc_chassis.errors import BdcError, redact
from bdc_chassis.settings import ChassisSettings

# How long messages of a killed process wait for another one; work in progress renews it three times within.
ACK_WAIT_SECONDS: Final = 30.0
# A durable's messages in work over all replicas; the server's default of 1,000 would starve a second one.
MAX_ACK_PENDING: Final = 50_000
MAX_WAITING: Final = 512


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How long and how much a stream keeps; None keeps what the contracts say."""

    max_age: timedelta | None = None
    max_bytes: int | None = None


async def provision(
    js: JetStreamContext, *, replicas: int = 1, limits: Mapping[str, StreamLimits] | StreamLimits | None = None
) -> None:
    """Create or update every stream and bucket of the contracts; `limits` by stream, or one for the facts."""
    by_name = {streams.FACTS.name: limits} if isinstance(limits, StreamLimits) else dict(limits or {})
    for stream in streams.STREAMS:
        await _put_stream(js, stream_config(stream, replicas, by_name.get(stream.name, StreamLimits())))
    for bucket in streams.KEY_VALUE_BUCKETS:
        await _put_key_value(js, bucket, replicas)
    for objects in streams.OBJECT_BUCKETS:
        await _put_objects(js, objects, replicas)


async def ensure_consumers(
    js: JetStreamContext, service: str, projections: Sequence[Projection], *, replicas: int = 0
) -> None:
    """Create or update the durables of a service's projections, and the one that takes its replay requests."""
    for projection in projections:
        await js.add_consumer(
            streams.FACTS.name, consumer_config(projection.durable, projection.subscriptions(), replicas)
        )
    subject = f"{ReplayRequested.subscription()}.{service}"
    await js.add_consumer(
        streams.CONTROL_QUEUE.name, consumer_config(replay_durable(service), (subject,), replicas, max_ack_pending=1)
    )


def replay_durable(service: str) -> str:
    """Return the name of the durable that takes a service's replay requests."""
    return f"{service}-replay"


def consumer_config(
    durable: str, subjects: Sequence[str], replicas: int = 0, *, max_ack_pending: int = MAX_ACK_PENDING
) -> api.ConsumerConfig:
    """Return the consumer; `max_deliver` is unlimited because the chassis counts deliveries and dead-letters itself."""
    return api.ConsumerConfig(
        name=durable,
        durable_name=durable,
        deliver_policy=api.DeliverPolicy.ALL,
        ack_policy=api.AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=-1,
        max_ack_pending=max_ack_pending,
        max_waiting=MAX_WAITING,
        filter_subjects=list(subjects),
        num_replicas=replicas,
    )


def stream_config(stream: Stream, replicas: int, limits: StreamLimits) -> api.StreamConfig:
    """Return the server's configuration of a stream."""
    max_age = limits.max_age or stream.max_age
    window = min(stream.duplicate_window, max_age) if max_age else stream.duplicate_window
    return api.StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=api.RetentionPolicy(stream.retention.value),
        storage=api.StorageType.FILE,
        compression=api.StoreCompression.S2,
        allow_direct=True,
        num_replicas=replicas,
        max_age=max_age.total_seconds() if max_age else 0,
        max_bytes=stream.max_bytes if limits.max_bytes is None else limits.max_bytes,
        duplicate_window=window.total_seconds(),
    )


async def _put_stream(js: JetStreamContext, config: api.StreamConfig) -> None:
    try:
        await js.update_stream(config)
    except NotFoundError:
        await js.add_stream(config)


async def _put_key_value(js: JetStreamContext, bucket: KeyValueBucket, replicas: int) -> None:
    ttl = bucket.ttl.total_seconds() if bucket.ttl else None
    try:
        await _update_bucket(js, f"KV_{bucket.name}", replicas, ttl)
    except NotFoundError:
        await js.create_key_value(
            api.KeyValueConfig(
                bucket=bucket.name, ttl=ttl, replicas=replicas, direct=True, storage=api.StorageType.FILE
            )
        )


async def _put_objects(js: JetStreamContext, bucket: ObjectBucket, replicas: int) -> None:
    ttl = bucket.ttl.total_seconds() if bucket.ttl else None
    try:
        await _update_bucket(js, f"OBJ_{bucket.name}", replicas, ttl)
    except NotFoundError:
        await js.create_object_store(
            bucket.name, api.ObjectStoreConfig(ttl=ttl, replicas=replicas, storage=api.StorageType.FILE)
        )


async def _update_bucket(js: JetStreamContext, stream: str, replicas: int, ttl: float | None) -> None:
    """Bring the stream under a bucket up to date; everything else about it is the client library's business."""
    config = (await js.stream_info(stream)).config
    wanted = config.evolve(num_replicas=replicas, max_age=ttl or 0)
    if wanted != config:
        await js.update_stream(wanted)


def limits_of(settings: ChassisSettings) -> StreamLimits:
    """Return how much of the facts the settings let the bus keep."""
    return StreamLimits(max_age=settings.stream_max_age, max_bytes=settings.stream_max_bytes)


async def provision_by(settings: ChassisSettings) -> None:
    """Connect and provision as the settings say.

    Raises:
        NetworkError: NATS does not answer.
    """
    async with await connect(settings, name="bdc-provision") as bus:
        await provision(bus.js, replicas=settings.stream_replicas, limits=limits_of(settings))


def main() -> None:
    """Run `bdc-provision`."""
    try:
        asyncio.run(provision_by(ChassisSettings()))
    except BdcError as error:
        sys.stderr.write(f"{redact(str(error))}\n")
        raise SystemExit(error.exit_code) from None
    names = ", ".join(each.name for each in (*streams.STREAMS, *streams.KEY_VALUE_BUCKETS, *streams.OBJECT_BUCKETS))
    sys.stdout.write(f"The bus is provisioned: {names}.\n")
