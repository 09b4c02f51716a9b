"""Decisions on pages: only by our own forms, only with a token, and back to where they were made."""

import re

import pytest

TOKEN = "secret of the dashboard"
ASKED = {"verb": "merge", "people": ["p-1", "p-9"], "back": "/review?offset=0"}


async def key_of(client, address="/review"):
    page = (await client.get(address)).text
    return re.search(r'name="form" value="([^"]+)"', page)[1]


@pytest.fixture
def deciding(make_site, browser):
    return browser(make_site(identity_token=TOKEN))


async def test_the_queue_shows_both_people_side_by_side_with_reasons_and_keys(deciding, read_apis):
    page = (await deciding.get("/review")).text

    assert "Ann Lee &lt;ann@example.org&gt;" in page
    assert "A. Lee &lt;alee@other.example&gt;" in page
    assert "The names differ in an initial" in page
    assert "Two GitHub accounts: 12, 34." in page
    assert re.findall(r'data-key="(\w)"', page) == ["m", "r", "s"]
    assert "boost-users@lists.boost.org" in page
    assert ("/identity/v1/candidates", {"limit": "1", "offset": "0"}) in read_apis.asked


async def test_a_decision_goes_to_identity_with_the_token_and_back_to_the_page(deciding, read_apis):
    key = await key_of(deciding)

    answer = await deciding.post("/decisions", data=ASKED | {"form": key})

    assert (answer.status_code, answer.headers["location"]) == (303, "/review?offset=0&done=d-1")
    assert read_apis.sent == [
        ("/identity/v1/decisions", f"Bearer {TOKEN}", {"verb": "merge", "people": ["p-1", "p-9"]})
    ]
    undo = (await deciding.get(answer.headers["location"])).text
    assert "Ann Lee</bdi> and <bdi>alee</bdi> are one person" in re.sub(r"\s+", " ", undo)
    assert 'data-key="u"' in undo


async def test_the_token_is_on_no_page(deciding):
    for address in ("/review", "/people/p-1", "/people/p-1/why"):
        assert TOKEN not in (await deciding.get(address)).text


@pytest.mark.parametrize(
    ("change", "headers"),
    [
        ({"form": "guessed"}, {}),
        ({"form": ""}, {}),
        ({}, {"Origin": "https://evil.example"}),
        ({}, {"Origin": "null"}),
    ],
)
async def test_what_another_site_sends_is_refused(deciding, read_apis, change, headers):
    form = ASKED | {"form": await key_of(deciding)} | change

    answer = await deciding.post("/decisions", data=form, headers=headers)

    assert answer.status_code == 403
    assert read_apis.sent == []


async def test_a_form_without_its_cookie_is_refused(make_site, browser, read_apis):
    site = make_site(identity_token=TOKEN)
    key = await key_of(browser(site))

    assert (await browser(site).post("/decisions", data=ASKED | {"form": key})).status_code == 403
    assert read_apis.sent == []


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nX: y", "x"])
async def test_nobody_is_sent_to_another_site(deciding, read_apis, back):
    answer = await deciding.post("/decisions", data=ASKED | {"form": await key_of(deciding), "back": back})

    assert answer.status_code == 422
    assert read_apis.sent == []


async def test_without_a_token_the_pages_offer_no_decision_and_take_none(make_site, browser, read_apis):
    client = browser(make_site())
    pages = [(await client.get(address)).text for address in ("/review", "/people/p-1")]

    assert not any('method="post"' in page for page in pages)
    client.cookies.set("bdc_form", "k")
    assert (await client.post("/decisions", data=ASKED | {"form": "k"})).status_code == 403
    assert read_apis.sent == []


async def test_a_refusal_is_shown_in_identitys_words(deciding, read_apis):
    read_apis.answer = ({"error": "These are one person already."}, 400)

    answer = await deciding.post("/decisions", data=ASKED | {"form": await key_of(deciding)})

    assert answer.status_code == 502
    assert "These are one person already" in answer.text


async def test_the_persons_page_offers_to_take_profiles_out_and_to_undo(deciding):
    page = (await deciding.get("/people/p-1")).text

    assert page.count('type="checkbox" name="profiles"') == 3
    assert 'name="verb" value="split"' in page
    assert 'name="undoes" value="d-1"' in page
    assert "Same avatar &lt;b&gt;really&lt;/b&gt;." in page


async def test_the_graph_is_drawn_and_said_in_words(deciding, read_apis):
    page = (await deciding.get("/people/p-1/why")).text

    assert page.count('<g class="node">') == 4
    assert page.count('<g class="arc">') == 4
    assert page.count("Same e-mail address: ann@example.org.") == 2
    assert (await deciding.get("/people/p-404/why")).status_code == 404


async def test_many_accounts_are_listed_rather_than_drawn(deciding, read_apis):
    graph = read_apis.bodies["/identity/v1/people/p-1/graph"]
    many = [{"id": f"x{n}", "platform": "git", "account": f"{n}"} for n in range(100)]
    read_apis.bodies["/identity/v1/people/p-1/graph"] = graph | {"profiles": many, "links": []}

    page = (await deciding.get("/people/p-1/why")).text

    assert "too many to draw" in page
    assert '<g class="node">' not in page


async def test_an_empty_queue_says_so(deciding, read_apis):
    read_apis.bodies["/identity/v1/candidates"] = {"total": 0, "candidates": []}

    assert "Nothing waits for a decision." in (await deciding.get("/review")).text
    assert "end of the queue" in (await deciding.get("/review?offset=5")).text


async def test_a_form_of_thousands_of_fields_is_refused(deciding, read_apis):
    answer = await deciding.post("/decisions", content="&".join(["a=1"] * 3000))

    assert answer.status_code == 413
    assert read_apis.sent == []
