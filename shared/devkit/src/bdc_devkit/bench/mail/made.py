"""A made archive, for a benchmark without input."""

from pathlib import Path

MADE_MESSAGES = 20_000


def made(path: Path, list_address: str) -> Path:
    """Write an archive such as a busy list gives in some years."""
    quoted = "".join(f"> line {number} of what somebody else wrote before\n" for number in range(20))
    own = "".join(f"Line {number} of the answer, neither short nor long.\n" for number in range(40))
    with path.open("w", encoding="utf-8") as file:
        for number in range(MADE_MESSAGES):
            author, thread, second = number % 500, number // 5 * 5, number % 60
            date = f"Mon, 05 Jan 2004 10:00:{second:02} +0000"
            head = (
                f"From p{author}@example.org Mon Jan  5 10:00:00 2004",
                f"Received: from a.example.org by b.example.org; {date}",
                f"Message-ID: <{number}@example.org>",
                f"References: <{thread}@example.org>",
                f"From: =?utf-8?q?P=C3=A9ter_{author}?= <p{author}@example.org>",
                f"To: {list_address}",
                f"Subject: Re: [bench] Subject {thread}",
                f"Date: {date}",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8",
            )
            file.write("\n".join(head) + f"\n\nSomebody wrote:\n{quoted}\n{own}\n-- \nP\u00e9ter {author}\n\n")
    return path
