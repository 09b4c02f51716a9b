"""The fixtures: real, isolated, and quick enough to have in every test."""

import asyncpg
import pytest
from bdc_chassis.settings import ChassisSettings


async def test_every_test_has_a_provisioned_bus(bus):
    stream = await bus.js.stream_info("BDC_FACTS")
    assert stream.state.messages == 0


@pytest.mark.parametrize("round_number", [1, 2])
async def test_what_one_test_writes_no_other_sees(round_number, database_url):
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TABLE mine (id integer)")
    await connection.close()


async def test_settings_are_bound_to_the_tests_own_servers(make_settings, nats_url, database_url, tmp_path):
    settings = make_settings(ChassisSettings, batch_size=7)
    assert (settings.nats_url, settings.database_url, settings.batch_size) == (nats_url, database_url, 7)
    assert tmp_path in settings.data_dir.parents
