"""The REST interface of HyperKitty, the archive of Mailman 3: an index, newest archived first, and a page per message.

The index is ordered by when a message was archived, which it does not tell. `date` is the sender's.
"""

import re
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from bdc_chassis.errors import ValidationFailed
from bdc_chassis.http import HttpClient

from bdc_mailing.source.dates import parse_date
from bdc_mailing.source.origin import Origin

PAGE_MESSAGES: Final = 100
_LIST_IN_PATH: Final = re.compile(r"(?P<base>.*?)(?:/api)?/list/(?P<list>[^/]+@[^/]+)(?:/.*)?")
_HASH: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Entry(NamedTuple):
    """A message in the index: the name that Mailman gave it, where its page is, and the sender's date."""

    hash: str
    url: str
    date: datetime | None = None


class IndexPage(NamedTuple):
    """Some of the index from `offset` on; `last` if nothing older follows, `length` is of the whole list if told."""

    offset: int
    entries: tuple[Entry, ...]
    last: bool
    length: int | None
    body: bytes


class HyperKitty:
    """One list on one server."""

    def __init__(self, client: HttpClient, address: str, list_address: str) -> None:
        found = _LIST_IN_PATH.fullmatch(address)
        self.base = (found["base"] if found else address).rstrip("/")
        self._list = found["list"] if found else list_address
        self._client = client
        self._api = f"{self.base}/api/list/{quote(self._list, safe='@')}"

    @property
    def origin(self) -> Origin:
        """Return what events call this archive, whichever of its interfaces a message came by."""
        return Origin(f"hyperkitty:{self.base}", f"{self.base}/list/{self._list}/message/{{hash}}/")

    def export(self, since: date | None, until: date | None) -> str:
        """Return the address of the mbox of the messages that their senders dated from `since` to before `until`."""
        name = f"{self._list}-{since or 'begin'}.mbox.gz"
        period = {"start": since, "end": until}
        asked = "&".join(f"{key}={day}" for key, day in period.items() if day)
        return f"{self.base}/list/{quote(self._list, safe='@')}/export/{name}{asked and '?'}{asked}"

    async def page(self, offset: int, limit: int = PAGE_MESSAGES) -> IndexPage:
        """Return a part of the index.

        Raises:
            BdcError: the server refuses, cannot be reached, or answers with something else.
        """
        answer = await self._client.get(f"{self._api}/emails/", params={"limit": limit, "offset": offset})
        found = answer.json()
        results = found.get("results") if isinstance(found, dict) else None
        if not isinstance(results, list):
            raise ValidationFailed(f"{self._api} did not answer with an index: see that it is a list of HyperKitty")
        length = found.get("count")
        entries = tuple(entry for each in results if (entry := self._entry(each)) is not None)
        known = length if isinstance(length, int) and length >= 0 else None
        return IndexPage(offset, entries, found.get("next") is None, known, answer.content)

    async def message(self, entry: Entry) -> bytes:
        """Return the page of a message as it was sent.

        Raises:
            BdcError: the server refuses or cannot be reached.
        """
        return (await self._client.get(entry.url)).content

    def entry(self, name: str) -> Entry:
        """Return where the page of the message with this hash should be."""
        return Entry(name, f"{self._api}/email/{name}/")

    def _entry(self, found: Any) -> Entry | None:
        """Return an entry of the index; its address is only believed if it leads to the same server."""
        if not isinstance(found, dict):
            return None
        url = str(found.get("url") or "")
        name = str(found.get("message_id_hash") or url.rstrip("/").rpartition("/")[2])
        if not _HASH.fullmatch(name):
            return None
        given, own = urlsplit(url), urlsplit(self.base)
        is_here = (given.scheme, given.netloc) == (own.scheme, own.netloc) and given.path.startswith(own.path)
        sent = parse_date(str(found.get("date") or "")).moment
        return Entry(name, url if is_here else self.entry(name).url, sent)
