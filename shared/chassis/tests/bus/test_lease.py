import asyncio
import os
import sys

import pytest
import pytest_asyncio
from bdc_chassis import lease as lease_module
from bdc_chassis.bus import connect, provision
from bdc_chassis.lease import Holder, Lease, LeaseLost, LeaseTaken
from bdc_chassis.process_identity import is_alive, machine
from bdc_chassis.settings import ChassisSettings
from bdc_contracts.streams import LEASES


@pytest_asyncio.fixture
async def short(bus):
    """The bus with leases that lapse after a second."""
    config = (await bus.js.stream_info(f"KV_{LEASES.name}")).config
    await bus.js.update_stream(config.evolve(max_age=1, duplicate_window=1))
    return bus


async def put_holder(bus, key, **changes):
    holder = Holder.this_process().model_copy(update=changes)
    await (await bus.key_value(LEASES.name)).create(key, holder.model_dump_json().encode())


async def test_while_one_run_holds_the_lease_no_other_begins(bus):
    async with Lease(bus, "github", "asio"):
        with pytest.raises(LeaseTaken, match=r"github\.asio is being collected already by process \d+ on") as caught:
            async with Lease(bus, "github", "asio"):
                pytest.fail("two runs at once")
    assert "process" in caught.value.holder


async def test_another_partition_is_free(bus):
    async with Lease(bus, "github", "asio"), Lease(bus, "github", "beast"):
        pass


async def test_after_the_run_the_lease_is_free_at_once(bus):
    for _ in range(3):
        async with Lease(bus, "github", "asio"):
            pass


async def test_a_failed_run_frees_its_lease_too(bus):
    with pytest.raises(ZeroDivisionError):
        async with Lease(bus, "github", "asio"):
            raise ZeroDivisionError
    async with Lease(bus, "github", "asio"):
        pass


async def test_a_lease_is_kept_for_longer_than_its_ttl(short):
    async with Lease(short, "github", "asio"):
        began = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < began + 2.5:
            with pytest.raises(LeaseTaken):
                async with Lease(short, "github", "asio"):
                    pass
            await asyncio.sleep(0.2)


async def test_the_lease_of_a_holder_elsewhere_lapses(short):
    await put_holder(short, "github.asio", machine="elsewhere")

    with pytest.raises(LeaseTaken):
        async with Lease(short, "github", "asio"):
            pass
    async with Lease(short, "github", "asio", wait=5):
        pass


async def test_the_lease_of_a_process_of_this_machine_that_died_is_free_at_once(bus):
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    await put_holder(bus, "github.asio", pid=gone.pid)

    async with Lease(bus, "github", "asio"):
        pass


async def test_the_lease_of_a_former_process_with_our_number_is_free_at_once(bus):
    await put_holder(bus, "github.asio")

    async with Lease(bus, "github", "asio"):
        pass


async def test_a_run_whose_lease_is_taken_away_stops(short):
    stopped = []
    other = Holder.this_process().model_copy(update={"machine": "elsewhere"})

    async def run():
        async with Lease(short, "github", "asio"):
            await (await short.key_value(LEASES.name)).put("github.asio", other.model_dump_json().encode())
            try:
                await asyncio.Event().wait()
            finally:
                stopped.append(True)

    with pytest.raises(LeaseLost, match="lost to another run"):
        await run()
    assert stopped
    assert asyncio.current_task().cancelling() == 0


async def test_a_lease_that_cannot_be_renewed_is_lost(server):
    async with await connect(ChassisSettings(nats_url=server.url), name="test") as bus:
        await provision(bus.js)
        config = (await bus.js.stream_info(f"KV_{LEASES.name}")).config
        await bus.js.update_stream(config.evolve(max_age=1, duplicate_window=1))

        async def run():
            async with Lease(bus, "github", "asio"):
                server.process.kill()
                await asyncio.Event().wait()

        with pytest.raises(LeaseLost, match="could not be renewed"):
            await run()


async def test_being_cancelled_oneself_is_not_a_lost_lease(bus):
    async def run():
        async with Lease(bus, "github", "asio"):
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with Lease(bus, "github", "asio"):
        pass


def test_a_process_knows_itself_to_be_alive():
    assert is_alive(os.getpid())
    assert machine() == machine()
    assert lease_module.RENEWALS_PER_TTL >= 2
