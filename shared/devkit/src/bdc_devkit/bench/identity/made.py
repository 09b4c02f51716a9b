"""People as a large history shows them: names by Zipf's law, in several scripts, with several addresses each.

Some names are borne by many, most by few; addresses and spellings vary as they do in real histories. Who is who is
known, because it was made.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

GIVEN: Final = [
    "David",
    "Michael",
    "John",
    "Daniel",
    "Thomas",
    "James",
    "Alexander",
    "Andrew",
    "Robert",
    "Martin",
    "Chris",
    "Peter",
    "Matthew",
    "Wei",
    "Mark",
    "Paul",
    "Anna",
    "Ming",
    "Rahul",
    "Sergey",
    "José",
    "Jan",
    "Maria",
    "Yuki",
    "Kevin",
    "Ahmed",
    "Ivan",
    "Li",
    "Stefan",
    "Nikolai",
    "Amit",
    "Laura",
    "Tom",
    "Jun",
    "Björn",
    "François",
    "Zoë",
    "Øyvind",
    "Ravi",
    "Sandeep",
    "Hiroshi",
    "Min-jun",
    "Ji-woo",
    "Olga",
    "Dmitri",
    "Łukasz",
    "Jürgen",
    "André",
    "Siobhán",
    "Nguyễn",
    "Şebnem",
    "Krzysztof",
    "Aoife",
    "Bence",
]
FAMILY: Final = [
    "Smith",
    "Wang",
    "Li",
    "Zhang",
    "Kumar",
    "Müller",
    "Johnson",
    "Kim",
    "Singh",
    "Nguyen",
    "Chen",
    "Garcia",
    "Ivanov",
    "Lee",
    "Williams",
    "Brown",
    "Sharma",
    "Jones",
    "Silva",
    "Schmidt",
    "Liu",
    "Tanaka",
    "Martin",
    "Gupta",
    "Petrov",
    "Rossi",
    "Anderson",
    "Hansen",
    "Novák",
    "Kowalski",
    "Dubois",
    "Yamamoto",
    "Park",
    "Fernández",
    "Jansen",
]
SYLLABLES: Final = [
    "ba",
    "be",
    "bo",
    "bri",
    "ca",
    "cor",
    "da",
    "del",
    "do",
    "el",
    "en",
    "fa",
    "fer",
    "ga",
    "gol",
    "gra",
    "ha",
    "hol",
    "in",
    "ja",
    "ka",
    "kel",
    "kov",
    "la",
    "len",
    "lo",
    "ma",
    "mar",
    "mel",
    "mi",
    "mo",
    "na",
    "nor",
    "ol",
    "os",
    "pa",
    "per",
    "pin",
    "qua",
    "ra",
    "ri",
    "ro",
    "sa",
    "sel",
    "son",
    "sta",
    "ta",
    "tel",
    "ter",
    "tor",
    "ul",
    "va",
    "ver",
    "vin",
    "wal",
    "wen",
    "wick",
    "xa",
    "ya",
    "yor",
    "za",
    "zel",
    "zin",
]
CYRILLIC: Final = [
    "Иван",
    "Сергей",
    "Ольга",
    "Дмитрий",
    "Андрей",
    "Мария",
    "Алексей",
    "Наталья",
    "Игорь",
    "Юрий",
    "Светлана",
    "Роман",
]
IDEOGRAPHS: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗明伟静强磊军洋勇艳杰娟涛超秀霞平刚桂英华建文志国海波宇晨浩然子轩雨欣梓涵"
)
FREEMAIL: Final = ("gmail.com", "gmail.com", "gmail.com", "yahoo.com", "outlook.com", "gmx.de", "qq.com", "163.com")
TOP_LEVELS: Final = ("org", "com", "edu", "net")
# How often an address or a name is what it is, about as in real histories.
SHARES: Final = {"noreply": 0.3, "native": 0.05, "cyrillic": 0.5, "variant": 0.25, "own domain": 0.4}
MADE_NAMES: Final = 60_000  # given and family names beyond the usual ones


class Seen(NamedTuple):
    """One name and address, and the number of the person who used it."""

    name: str
    email: str
    person: int


class _Zipf:
    """Chooses the item at rank r with a chance that falls as 1 / (r + 10)."""

    def __init__(self, items: Sequence[str], randomness: random.Random) -> None:
        self._items = items
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(len(items))))
        self._random = randomness

    def __call__(self) -> str:
        return self._random.choices(self._items, cum_weights=self._weights)[0]


def people(profiles: int, seed: int = 1) -> Iterator[Seen]:
    """Yield about `profiles` names and addresses, person by person; the same seed makes the same people."""
    made = _Maker(random.Random(seed))  # noqa: S311  (a corpus, no secret)
    count = person = 0
    while count < profiles:
        for name, email in dict.fromkeys(made.person(person)):
            yield Seen(name, email, person)
            count += 1
        person += 1


class _Maker:
    def __init__(self, randomness: random.Random) -> None:
        self._random = randomness
        words = dict.fromkeys(self._word() for _ in range(MADE_NAMES))
        self._taken: set[str] = set()
        self._given = _Zipf([*GIVEN, *list(words)[: MADE_NAMES // 6]], randomness)
        self._family = _Zipf([*FAMILY, *words], randomness)

    def person(self, number: int) -> Iterator[tuple[str, str]]:
        """Yield the names and addresses of one person."""
        choose = self._random
        given, family = self._given(), self._family()
        native = self._native(family)
        login = self._login(given, family, number)
        addresses = [self._address(given, family, login, number) for _ in range(choose.choice((1, 1, 1, 2, 2, 3)))]
        if choose.random() < SHARES["noreply"]:
            addresses.append(f"{number + 1000}+{login}@users.noreply.github.com")
        for address in addresses:
            yield native if choose.random() < SHARES["native"] else f"{given} {family}", address
            if choose.random() < SHARES["variant"]:
                yield self._variant(given, family, login), address

    def _word(self) -> str:
        return "".join(self._random.choices(SYLLABLES, k=self._random.choice((2, 3, 3, 4)))).capitalize()

    def _native(self, family: str) -> str:
        if self._random.random() < SHARES["cyrillic"]:
            return f"{self._random.choice(CYRILLIC)} {family}"
        return "".join(self._random.choices(IDEOGRAPHS, k=3))

    def _login(self, given: str, family: str, number: int) -> str:
        first, last = given.lower(), family.lower()
        chosen = f"{self._word().lower()}{number % 89}"
        forms = (first[0] + last, f"{first}{last}", f"{first}-{last}", f"{last}{number % 97}", chosen)
        return self._random.choice(forms)

    def _address(self, given: str, family: str, login: str, number: int) -> str:
        """Return an address that nobody else has."""
        choose = self._random
        first, last = _ascii(given), _ascii(family)
        forms = (f"{first}.{last}", first[0] + last, f"{first}{number % 100}", login, f"{last}.{first}", first)
        local = _ascii(choose.choice(forms))
        domain = choose.choice(FREEMAIL)
        if choose.random() < SHARES["own domain"]:
            domain = f"{_ascii(self._family())}{choose.randrange(40)}.example.{choose.choice(TOP_LEVELS)}"
        address = f"{local}@{domain}"
        while address in self._taken:
            address = f"{local}{choose.randrange(10_000)}@{domain}"
        self._taken.add(address)
        return address

    def _variant(self, given: str, family: str, login: str) -> str:
        plain = f"{given} {family}".lower()
        forms = (login, f"{given[0]}. {family}", f"{family} {given}", plain, given, f"{family}, {given}")
        return self._random.choice(forms)


def _ascii(text: str) -> str:
    return text.lower().encode("ascii", "ignore").decode() or "x"
