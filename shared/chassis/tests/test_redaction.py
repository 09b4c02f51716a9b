"""Secrets never survive redaction, wherever they are written; what is no secret does."""

import string

import pytest
from bdc_chassis.redaction import redact
from hypothesis import given
from hypothesis import strategies as st

SECRET = st.text(string.ascii_letters + string.digits + "-_~.", min_size=8, max_size=40).filter(
    lambda text: text.strip(".-_~") == text
)
PLACES = (
    "postgresql://ann:{}@db:5432/bdc",
    "nats://ann:{}@a:4222,nats://ann:{}@b:4222",
    "https://x-access-token:{}@github.com/boostorg/json.git",
    "https://{}@github.com/boostorg/json.git",
    "GET https://api.example.org/search?q=boost&api_key={}&page=2",
    "https://example.org/?access_token={}",
    "Authorization: Bearer {}",
    "authorization: token {}",
    "{{'Authorization': 'Bearer {}'}}",
    "host=db password={} user=ann",
    "password='{}'",
    '{{"api_key": "{}", "page": 2}}',
    "client_secret={}",
    "GITHUB_TOKEN={}",
    "the key ghp_{} was refused",
    "github_pat_{}",
    "slack said xoxb-{}",
    "xapp-1-{}",
    "https://hooks.slack.com/services/{}",
    "pcsk_{}",
    "https://www.googleapis.com/youtube/v3/search?part=id&key={}",
)


@pytest.mark.parametrize("place", PLACES)
@given(
    secret=SECRET, around=st.tuples(st.sampled_from(["", " ", "\n", "(", '"']), st.sampled_from(["", " ", "\n", ")"]))
)
def test_no_secret_leaks(place, secret, around):
    before, after = around

    assert secret not in redact(f"{before}{place.replace('{}', secret).replace('{{', '{').replace('}}', '}')}{after}")


@given(SECRET)
def test_redaction_twice_is_redaction_once(secret):
    for place in PLACES:
        once = redact(place.replace("{}", secret))
        assert redact(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/boostorg/json/commit/abc123",
        "nats://127.0.0.1:4222 does not answer",
        "Ann Lee <ann@example.org> wrote at 12:30:01",
        "git@github.com:boostorg/json.git",
        "the partition github.boostorg/json failed: no such repository",
        "mail from boost@lists.boost.org: 12 messages",
        "the basic idea",
        "natural key: boostorg/json",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redact(text) == text


def test_the_rest_of_the_sentence_stays():
    text = (
        "fatal: unable to access 'https://x-access-token:abc123def@github.com/a/b.git/': The requested URL returned 403"
    )

    assert redact(text) == (
        "fatal: unable to access 'https://x-access-token:***@github.com/a/b.git/': The requested URL returned 403"
    )
