"""Made documents and questions, like real ones in what a search index feels: word frequencies, topics, lengths.

Words follow Zipf's law with Mandelbrot's shift, documents keep to a topic, some words are identifiers; one seed.
"""

import gzip
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Final

from bdc_contracts import DocumentChanged, PersonRef

SEED: Final = 20_240_101
VOCABULARY: Final = 40_000
TOPICS: Final = 300
TOPIC_WORDS: Final = 80
TOPIC_PART: Final = 0.35
PEOPLE: Final = 1_000
CONTAINERS: Final = 40
LONGEST: Final = 210  # words: a document is one chunk, so that their number is the one that was asked for
EPOCH: Final = datetime(2004, 1, 1, tzinfo=UTC)
YEARS_20: Final = 20 * 365 * 24 * 3600

_SYLLABLES = "ka lo mi ter an so ri ven du pe stra co ne fi ble tor ma ship ger ul ex re con sta ti on pro de en ly"
_COMMON = (
    "the to of and a in is it that for on with this be not as are if from or by at patch we can have will code but"
    " which an all you was fix use add when so test should only also file do error more function one case new other"
    " value now first after line problem any just because some time set before there data make version type return"
    " would than does up null pointer memory call check change driver kernel support device build interrupt register"
    " bus irq cache page config thread lock queue buffer socket read write string list class template library"
    " compile include header boost branch merge review release warning remove update move name size bit flag clock"
    " mode init start stop"
)
SYLLABLES: Final = _SYLLABLES.split()
COMMON: Final = _COMMON.split()


@dataclass(frozen=True, slots=True)
class Question:
    """What a client asks: the text and the filters of the read API."""

    text: str
    filters: dict[str, str]


class Corpus:
    """Documents and questions; with `source`, documents are made of that file's lines instead of made words."""

    def __init__(self, source: Path | None = None) -> None:
        self._random = random.Random(SEED)  # noqa: S311  (the same documents every time)
        self._words = self._vocabulary()
        self._weights = list(accumulate(1 / (rank + 2.7) ** 1.07 for rank in range(VOCABULARY)))
        self._topics = [self._random.sample(self._words[len(COMMON) :], TOPIC_WORDS) for _ in range(TOPICS)]
        self._topic_weights = list(accumulate(1 / (rank + 2) for rank in range(TOPIC_WORDS)))
        self._lines = _lines(source) if source else []
        self._asked_of: list[str] = []

    def documents(self, count: int) -> Iterator[DocumentChanged]:
        """Yield documents of two sources in shuffled order of time."""
        for number in range(count):
            lines = self._text()
            if number % 50 == 0:
                self._asked_of.append(lines[-1])
            mail = number % 5 < 3  # noqa: PLR2004  (three in five)
            moment = EPOCH + timedelta(seconds=self._random.randrange(YEARS_20))
            yield DocumentChanged(
                domain="mailing" if mail else "github",
                document_id=f"bench:{number}",
                kind="message" if mail else "commit",
                container=f"container-{number % CONTAINERS}",
                title=lines[0][:70],
                text="\n".join(lines),
                url=f"https://example.org/{number}",
                author=person(number % PEOPLE),
                occurred_at=moment,
                revised_at=moment,
            )

    def questions(self, count: int) -> Iterator[Question]:
        """Yield questions of all kinds, about documents that were made before."""
        kinds = (self._of_topic, self._of_common, self._of_document, self._of_identifier, self._phrase)
        for number in range(count):
            text = kinds[self._random.choices(range(5), (40, 15, 25, 10, 10))[0]]()
            yield Question(text, self._filters() if number % 5 == 0 else {})

    def _vocabulary(self) -> list[str]:
        words = dict.fromkeys(COMMON)
        while len(words) < VOCABULARY:
            word = "".join(self._random.choices(SYLLABLES, k=self._random.randint(2, 4)))
            kind = self._random.random()
            if kind < 0.1:  # noqa: PLR2004
                word = f"{word}_{self._random.choice(SYLLABLES)}_{self._random.choice(SYLLABLES)}"
            elif kind < 0.17:  # noqa: PLR2004
                word = f"{word.capitalize()}{self._random.choice(SYLLABLES).capitalize()}"
            words[word] = None
        return list(words)

    def _text(self) -> list[str]:
        length = min(LONGEST, max(12, int(self._random.lognormvariate(4.6, 0.7))))
        return self._text_of_lines(length) if self._lines else self._text_of_words(length)

    def _text_of_words(self, length: int) -> list[str]:
        pick = self._random.choices
        special = int(length * TOPIC_PART)
        words = pick(self._words, cum_weights=self._weights, k=length - special)
        words += pick(self._random.choice(self._topics), cum_weights=self._topic_weights, k=special)
        self._random.shuffle(words)
        starts = range(0, length, self._random.randint(8, 16))
        return [" ".join(words[start : start + starts.step]) + "." for start in starts]

    def _text_of_lines(self, length: int) -> list[str]:
        at = self._random.randrange(len(self._lines))
        lines: list[str] = []
        while length > 0:
            line = self._lines[at % len(self._lines)][:500]
            at += self._random.choice((1, 1, 1, 37))
            length -= max(len(line.split()), len(line) // 8)
            lines.append(line)
        return lines

    def _of_topic(self) -> str:
        return " ".join(self._random.choices(self._random.choice(self._topics)[:20], k=self._random.randint(1, 3)))

    def _of_common(self) -> str:
        return " ".join(self._random.sample(COMMON[8:], self._random.randint(1, 3)))

    def _of_document(self) -> str:
        words = self._random.choice(self._asked_of).rstrip(".").split() or ["patch"]
        return " ".join(self._random.sample(words, min(len(words), self._random.randint(2, 6))))

    def _of_identifier(self) -> str:
        return next(
            word for word in iter(lambda: self._random.choice(self._words), "") if "_" in word or word[0].isupper()
        )

    def _phrase(self) -> str:
        words = self._random.choice(self._asked_of).replace('"', "").rstrip(".").split() or ["patch"]
        at = self._random.randrange(len(words))
        return f'"{" ".join(words[at : at + 3])}"'

    def _filters(self) -> dict[str, str]:
        year = 2004 + self._random.randrange(19)
        return self._random.choice(
            (
                {"source": "github"},
                {"container": f"container-{self._random.randrange(CONTAINERS)}"},
                {"since": f"{year}-01-01", "until": f"{year + 1}-01-01"},
                {"person": f"person-{self._random.randrange(PEOPLE)}"},
            )
        )


def person(number: int) -> PersonRef:
    """Return the account of a made person."""
    return PersonRef.of_address("mail", f"Person {number}", f"p{number}@example.org")


def _lines(source: Path) -> list[str]:
    data = gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes()
    with io.StringIO(data.decode("utf-8", "replace")) as file:
        return [line.strip() for line in file if line.count(" ") > 1]
