"""Every page, in a healthy system and with hostile content."""

import re

import pytest

PAGES = [
    "/",
    "/activity",
    "/people",
    "/people/p-1",
    "/people/p-1/why",
    "/review",
    "/review?offset=1&done=d-1",
    "/search?q=executor",
    "/search",
    "/runs",
    "/health/",
]
HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("address", PAGES)
async def test_a_page_renders_with_landmarks_a_title_and_strict_headers(address, make_site, browser):
    response = await browser(make_site()).get(address, headers=HTML)

    assert response.status_code == 200
    assert "<main" in response.text
    assert 'aria-label="Main"' in response.text
    assert re.search(r"<title>\S.* · Boost Data Collector</title>", response.text)
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert "unsafe" not in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("address", PAGES)
async def test_hostile_content_stays_text(address, make_site, browser):
    page = (await browser(make_site()).get(address, headers=HTML)).text

    assert "<script>alert" not in page
    assert "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", page)
    assert "<svg onload" not in page
    assert 'href="javascript:' not in page
    assert " style=" not in page
    assert not re.search(r"<script(?! src=)", page)


async def test_the_overview_says_what_was_collected(make_site, browser):
    page = (await browser(make_site()).get("/")).text

    for figure in ("48,213", "61,870", "4,102", "1,109 with more than one", "110,083", "boostorg/boost"):
        assert figure in page
    assert 'class="column"' in page
    assert "3 items are not drawn" in page


async def test_the_chart_has_a_table_with_the_same_numbers(make_site, browser, read_apis):
    read_apis.bodies["/github/v1/activity"] = {
        "bucket": "day",
        "series": [{"name": "c", "points": [["2026-11-02", 41]]}],
    }
    read_apis.bodies["/mailing/v1/activity"] = {"bucket": "day", "series": []}

    page = (await browser(make_site()).get("/activity?bucket=day")).text

    assert re.search(r'<th scope="row">2 Nov 2026</th><td class="n">41</td>', page)
    assert "<title>2 Nov 2026: GitHub: c 41</title>" in page


async def test_activity_passes_bucket_and_range_on(make_site, browser, read_apis):
    await browser(make_site()).get("/activity?bucket=week&since=2020-01-01&until=2021-01-01")

    asked = [query for path, query in read_apis.asked if path == "/github/v1/activity"]
    assert asked == [{"bucket": "week", "since": "2020-01-01", "until": "2021-01-02"}]


async def test_activity_apart_draws_each_source_on_its_own(make_site, browser):
    page = (await browser(make_site()).get("/activity?view=apart")).text

    assert page.count('<figure class="chart">') == 2


async def test_people_are_found_and_paged(make_site, browser, read_apis):
    line = read_apis.bodies["/identity/v1/people"]["people"][0]
    read_apis.bodies["/identity/v1/people"] = {"total": 1234, "people": [line] * 51}

    page = (await browser(make_site()).get("/people?query=ann+lee&offset=50")).text

    assert ("/identity/v1/people", {"query": "ann lee", "limit": "51", "offset": "50"}) in read_apis.asked
    assert 'href="/people?query=ann%20lee&amp;offset=100"' in page
    assert 'href="/people?query=ann%20lee&amp;offset=0"' in page
    assert page.count('href="/people/p-1"') == 50
    assert "51 to 100 of 1,234" in page


async def test_a_person_has_every_profile_with_its_reason_and_recent_documents(make_site, browser, read_apis):
    page = (await browser(make_site()).get("/people/p-1")).text

    assert "same verified address ann@example.org" in page
    assert "boost-users@lists.boost.org" in page
    assert "Fix executor lifetime" in page
    assert ("/indexer/v1/search", {"person": "p-1", "limit": "20"}) in read_apis.asked


async def test_a_former_id_leads_to_the_person(make_site, browser, read_apis):
    read_apis.bodies["/identity/v1/people/old"] = read_apis.bodies["/identity/v1/people/p-1"]

    response = await browser(make_site()).get("/people/old")

    assert (response.status_code, response.headers["location"]) == (307, "/people/p-1")


async def test_text_cannot_turn_around_what_follows_it(make_site, browser):
    page = (await browser(make_site()).get("/search?q=executor")).text

    assert "\u202e" not in page
    assert "what it is not: &lt;img" in page


async def test_search_marks_what_matched_and_links_the_author(make_site, browser, read_apis):
    page = (await browser(make_site()).get("/search?q=executor&source=github&since=2020-01-01")).text

    assert "The <mark>executor</mark> kept" in page
    assert '<a href="/people/p-1"><bdi>Ann Lee</bdi></a>' in page
    assert "12.4 ms" in page
    asked = dict(read_apis.asked)["/indexer/v1/search"]
    assert asked == {"q": "executor", "source": "github", "since": "2020-01-01", "limit": "20"}


@pytest.mark.parametrize("address", ["/search?q=+", "/search?source=github&container=boostorg/asio"])
async def test_search_without_words_asks_nobody(address, make_site, browser, read_apis):
    response = await browser(make_site()).get(address)

    assert response.status_code == 200
    assert not read_apis.asked


async def test_search_says_when_nothing_matches(make_site, browser, read_apis):
    read_apis.bodies["/indexer/v1/search"] = {"query": "x", "took_ms": 1, "results": []}

    assert "Nothing matches" in (await browser(make_site()).get("/search?q=x")).text


@pytest.mark.parametrize("address", ["/nothing", "/people/p-404", "/static/none.css", "/people/p-1/x"])
async def test_an_unknown_address_gets_a_404_page(address, make_site, browser):
    response = await browser(make_site()).get(address)

    assert response.status_code == 404
    assert "<h1>Not Found</h1>" in response.text
    assert "content-security-policy" in response.headers


@pytest.mark.parametrize(
    ("address", "about"),
    [
        ("/activity?bucket=decade", "bucket"),
        ("/activity?since=yesterday", "since"),
        ("/activity?since=2024-01-01&until=2023-01-01", "swap"),
        ("/people?offset=-1", "offset"),
        ("/search?q=" + "x" * 401, "q"),
        ("/search?q=x&limit=1000", "limit"),
        ("/runs?outcome=<script>", "outcome"),
    ],
)
async def test_a_query_that_cannot_be_used_gets_a_422_page_about_it(address, about, make_site, browser):
    response = await browser(make_site()).get(address)

    assert response.status_code == 422
    assert about in response.text
    assert "<script>" not in response.text


async def test_only_get_is_answered(make_site, browser):
    response = await browser(make_site()).post("/search")

    assert response.status_code == 405
    assert "GET" in response.headers["allow"]


async def test_assets_are_cacheable_and_local(make_site, browser):
    client = browser(make_site())
    page = (await client.get("/")).text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)

    assert len(addresses) == 3
    for address in addresses:
        response = await client.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
    assert not re.findall(r'(?:src|href)="https?://(?!github\.com)', page)
