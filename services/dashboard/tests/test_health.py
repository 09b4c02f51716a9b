"""`/health/`: 200 or 503, for people and for monitors."""

from datetime import timedelta

import pytest
from bdc_dashboard.freshness import PartitionState, freshness_of
from bdc_dashboard.runs import Run
from bdc_dashboard.store import expect_collectors, save_runs

DAILY = {"scheduled_collectors": {"github": "daily"}}
ENFORCED = DAILY | {"health_enforce_collector_freshness": True}
JSON = {"Accept": "application/json"}


@pytest.fixture
def succeeded(engine, now):
    async def store(hours_ago, partition="boostorg/asio", outcome="succeeded", run_id=None):
        ended = now - timedelta(hours=hours_ago)
        run = Run(run_id or f"r{hours_ago}", "github", partition, ended - timedelta(minutes=5), ended, outcome)
        async with engine.begin() as tx:
            await save_runs(tx, [run])

    return store


@pytest.mark.parametrize(("hours", "status"), [(1, 200), (25.9, 200), (26.1, 503)])
async def test_a_daily_collector_is_stale_after_26_hours(hours, status, succeeded, make_site, browser):
    await succeeded(hours)

    response = await browser(make_site(**ENFORCED)).get("/health/", headers=JSON)

    assert response.status_code == status
    assert response.json()["status"] == ("healthy" if status == 200 else "unhealthy")
    assert response.json()["checks"]["collector_groups"]["github"]["stale"] is (status == 503)


async def test_staleness_is_shown_but_not_enforced_by_default(succeeded, make_site, browser):
    await succeeded(48)

    response = await browser(make_site(**DAILY)).get("/health/", headers=JSON)

    assert response.status_code == 200
    assert response.json()["checks"]["collector_meta"] == {
        "any_stale": True,
        "enforce_freshness": False,
        "error": None,
        "skipped": False,
    }


async def test_a_collector_that_is_not_scheduled_is_never_stale(succeeded, make_site, browser):
    await succeeded(1000)

    response = await browser(make_site(health_enforce_collector_freshness=True)).get("/health/", headers=JSON)

    assert response.status_code == 200
    assert response.json()["checks"]["collector_groups"]["github"]["stale"] is None


async def test_a_failed_run_does_not_refresh(succeeded, make_site, browser):
    await succeeded(30)
    await succeeded(1, outcome="failed")

    assert (await browser(make_site(**ENFORCED)).get("/health/", headers=JSON)).status_code == 503


async def test_a_good_partition_does_not_hide_a_stale_one(succeeded, make_site, browser):
    await succeeded(30, "boostorg/json")
    await succeeded(1, "boostorg/asio", run_id="newest")
    await succeeded(1, "boostorg/json", outcome="failed", run_id="newest")

    response = await browser(make_site(**ENFORCED)).get("/health/", headers=JSON)

    assert response.status_code == 503
    assert response.json()["checks"]["collector_groups"]["github"]["behind"] == ["boostorg/json"]


async def test_a_partition_that_is_no_longer_collected_is_not_missed(succeeded, make_site, browser):
    await succeeded(300, "boostorg/retired")
    await succeeded(1, "boostorg/asio")

    assert (await browser(make_site(**ENFORCED)).get("/health/", headers=JSON)).status_code == 200


async def test_what_never_ran_is_stale_once_it_was_expected_for_longer_than_the_limit(engine, now, make_site, browser):
    client = browser(make_site(**ENFORCED))
    assert (await client.get("/health/", headers=JSON)).status_code == 200

    async with engine.begin() as tx:
        await expect_collectors(tx, ["github"], now - timedelta(hours=27))
        await expect_collectors(tx, ["github"], now)

    assert (await client.get("/health/", headers=JSON)).status_code == 503


async def test_a_service_that_is_not_ready_makes_it_503(make_site, browser, read_apis):
    read_apis.statuses["/indexer/health/ready"] = 503
    read_apis.bodies["/indexer/health/ready"] = {"checks": {"bus": True, "database": {"ok": False, "error": "x"}}}

    response = await browser(make_site()).get("/health/", headers=JSON)

    assert response.status_code == 503
    assert response.json()["checks"]["services"]["indexer"] == {
        "ok": False,
        "checks": {"bus": True, "database": False},
        "error": "service_not_ready",
    }
    assert response.json()["checks"]["services"]["github"]["ok"] is True


async def test_browsers_get_html_with_the_same_status(make_site, browser, read_apis):
    read_apis.statuses["/indexer/health/ready"] = 503

    response = await browser(make_site()).get("/health/", headers={"Accept": "text/html,*/*;q=0.8"})

    assert response.status_code == 503
    assert "The indexer service is not ready" in response.text


async def test_the_token_is_asked_for_where_one_is_set(make_site, browser):
    client = browser(make_site(health_check_token="s3cret"))

    assert (await client.get("/health/")).status_code == 401
    assert (await client.get("/health/", headers={"Authorization": "Bearer wrong"})).status_code == 401
    assert (await client.get("/health/", headers={"Authorization": "Bearer s3cret"})).status_code == 200


async def test_environment_names_are_those_of_the_replaced_system(monkeypatch, make_site):
    monkeypatch.setenv("HEALTH_ENFORCE_COLLECTOR_FRESHNESS", "true")
    monkeypatch.setenv("HEALTH_COLLECTOR_STALE_HOURS", "30")
    monkeypatch.setenv("BDC_SCHEDULED_COLLECTORS", '{"github": "daily", "clang": "weekly"}')

    settings = make_site().settings

    assert settings.health_enforce_collector_freshness
    assert settings.limits() == {"github": timedelta(hours=30), "clang": timedelta(days=7, hours=6)}


def test_a_first_run_has_time_until_the_limit(now):
    begun = now - timedelta(hours=2)
    state = PartitionState("github", "p", begun, begun, None, None, current=True)

    [early] = freshness_of([state], {"github": timedelta(hours=26)}, {}, now)
    [late] = freshness_of([state], {"github": timedelta(hours=26)}, {}, now + timedelta(hours=25))

    assert (early.stale, late.stale) == (False, True)
    assert late.behind == ("p",)
