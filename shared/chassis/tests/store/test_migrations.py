"""Schemas come to their newest revision, by whoever asks, however many ask."""

import asyncio

import asyncpg
import pytest
from bdc_chassis.errors import ConfigurationError, NetworkError
from bdc_chassis.service import Service
from bdc_chassis.settings import ChassisSettings
from bdc_chassis.store import create_engine
from bdc_chassis.store.migrations import migrate_database
from sqlalchemy import text


@pytest.fixture
def settings(database_url: str) -> ChassisSettings:
    return ChassisSettings(database_url=database_url)


async def one(settings: ChassisSettings, schema: str, sql: str) -> object:
    engine = create_engine(settings, schema)
    async with engine.connect() as connection:
        value = (await connection.execute(text(sql))).scalar()
    await engine.dispose()
    return value


async def test_a_new_schema_belongs_to_a_role_that_cannot_log_in(settings, note_service):
    assert await migrate_database(settings, note_service())

    owner = "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'note_taker'"
    assert await one(settings, "note_taker", owner) == "note_taker"
    assert await one(settings, "note_taker", "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'note_taker'") is False
    assert (
        await one(settings, "note_taker", "SELECT tableowner FROM pg_tables WHERE tablename = 'notes'") == "note_taker"
    )


async def test_the_engine_works_in_the_schema_as_its_role(settings, note_service):
    await migrate_database(settings, note_service())

    assert await one(settings, "note-taker", "SELECT current_user") == "note_taker"
    assert await one(settings, "note-taker", "SELECT count(*) FROM notes") == 0
    assert await one(settings, "note-taker", "SHOW timezone") == "UTC"


async def test_an_engine_without_a_role_of_its_own_stays_the_login_role(settings):
    assert await one(settings, "nobody_made_this", "SELECT current_user = session_user") is True


async def test_a_current_schema_is_left_alone(settings, note_service):
    await migrate_database(settings, note_service())

    assert await migrate_database(settings, note_service()) is False


async def test_a_new_revision_is_applied_to_an_old_schema(settings, note_service):
    await migrate_database(settings, note_service(1))

    assert await migrate_database(settings, note_service(2))
    assert await one(settings, "note_taker", "SELECT count(seen_at) FROM notes") == 0
    assert await one(settings, "note_taker", "SELECT version_num FROM alembic_version") == "0002"


async def test_replicas_may_migrate_at_once(settings, note_service):
    service = note_service(2)

    done = await asyncio.gather(*(migrate_database(settings, service) for _ in range(4)))

    assert sorted(done) == [False, False, False, True]


async def test_extensions_are_created(settings, note_service):
    await migrate_database(settings, note_service(extensions=("pg_trgm",)))

    assert await one(settings, "note_taker", "SELECT similarity('word', 'word')") == 1


async def test_a_login_role_without_privileges_is_told_what_it_lacks(database_url, note_service):
    owner = await asyncpg.connect(database_url)
    role = "bdc_test_powerless"
    await owner.execute(f"DROP ROLE IF EXISTS {role}")
    await owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret-word'")
    try:
        address, database = owner._addr, await owner.fetchval("SELECT current_database()")
        host = f"host={address[0]}&port={address[1]}" if isinstance(address, tuple) else f"host={address}"
        settings = ChassisSettings(database_url=f"postgresql://{role}:secret-word@/{database}?{host}")
        with pytest.raises(ConfigurationError, match="CREATEROLE"):
            await migrate_database(settings, note_service())
    finally:
        await owner.execute(f"DROP ROLE {role}")
        await owner.close()


async def test_a_service_without_migrations_is_a_mistake_in_its_declaration(settings):
    with pytest.raises(ConfigurationError, match="no package `migrations`"):
        await migrate_database(settings, Service("contracts"))


async def test_a_database_that_is_away_is_one_sentence(note_service):
    settings = ChassisSettings(database_url="postgresql://ann:secret-word@127.0.0.1:1/none")

    with pytest.raises(NetworkError, match=r"PostgreSQL does not answer at 127\.0\.0\.1:1") as caught:
        await migrate_database(settings, note_service())
    assert "secret-word" not in str(caught.value)
