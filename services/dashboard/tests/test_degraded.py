"""A service that is down, slow or strange takes its panel down, never the page."""

import pytest
from bdc_dashboard.web import app as web_app


@pytest.fixture
def address_of_nobody():
    return {"github": "http://127.0.0.1:1", "mailing": "http://127.0.0.1:1", "identity": "http://127.0.0.1:1"}


@pytest.mark.parametrize("address", ["/", "/activity", "/people", "/search?q=x"])
async def test_pages_render_while_no_service_answers(address, make_site, browser, address_of_nobody):
    response = await browser(make_site(service_urls=address_of_nobody)).get(address)

    assert response.status_code == 200
    assert "cannot be reached" in response.text or "has no address here" in response.text


async def test_one_silent_service_leaves_the_other_panels(make_site, browser, read_apis):
    read_apis.silent = {"/mailing/v1/summary", "/mailing/v1/activity"}

    response = await browser(make_site()).get("/")

    assert response.status_code == 200
    assert "The mailing service did not answer in time" in response.text
    assert "48,213" in response.text
    assert 'class="column"' in response.text


@pytest.mark.parametrize("body", [b"not json", b"[]", b'{"counts": {"commits": "many"}}'])
async def test_an_answer_of_another_shape_is_said_to_be_one(body, make_site, browser, read_apis):
    read_apis.bodies["/github/v1/summary"] = body

    response = await browser(make_site()).get("/")

    assert response.status_code == 200
    if body != b'{"counts": {"commits": "many"}}':
        assert "unknown shape" in response.text
    assert "61,870" in response.text


async def test_a_service_without_a_summary_has_no_panel(make_site, browser, read_apis):
    urls = {name: f"{read_apis.url}/{name}" for name in ("github", "ingester")}

    page = (await browser(make_site(service_urls=urls)).get("/")).text

    assert "<h3>GitHub</h3>" in page
    assert "<h3>Ingester</h3>" not in page


async def test_a_person_whom_identity_cannot_show_now_is_a_503(make_site, browser, read_apis):
    read_apis.statuses["/identity/v1/people/p-1"] = 500

    response = await browser(make_site()).get("/people/p-1")

    assert response.status_code == 503
    assert "answered with status 500" in response.text


async def test_search_tells_why_it_cannot_answer(make_site, browser, read_apis):
    read_apis.statuses["/indexer/v1/search"] = 503

    assert "indexer service answered with status 503" in (await browser(make_site()).get("/search?q=x")).text


async def test_search_passes_on_why_a_question_was_refused(make_site, browser, read_apis):
    read_apis.statuses["/indexer/v1/search"] = 422
    read_apis.bodies["/indexer/v1/search"] = {"error": "The query is <b>empty</b>."}

    page = (await browser(make_site()).get("/search?q=x")).text

    assert "did not accept the question: The query is &lt;b&gt;empty&lt;/b&gt;." in page


async def test_pages_render_while_the_database_is_away(make_site, browser):
    from bdc_chassis.store import create_engine  # noqa: PLC0415

    site = make_site(database_url="postgresql://127.0.0.1:1/nothing")
    without = type(site)(site.settings, site.api, create_engine(site.settings, "dashboard"), site.now)

    for address in ("/", "/runs"):
        response = await browser(without).get(address)
        assert response.status_code == 200
        assert "database does not answer" in response.text
    health = await browser(without).get("/health/", headers={"Accept": "application/json"})
    assert health.status_code == 503
    assert health.json()["checks"]["database"] == {"ok": False, "error": "database_check_failed"}


async def test_a_bug_in_a_page_is_a_500_page_without_details(make_site, browser, monkeypatch):
    async def broken(site, request):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(web_app, "PAGES", (("/", broken),))
    response = await browser(make_site()).get("/")

    assert response.status_code == 500
    assert "Something went wrong" in response.text
    assert "secret detail" not in response.text
    assert "content-security-policy" in response.headers
