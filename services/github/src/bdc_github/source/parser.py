r"""Parses `git log -z --raw --numstat` in the format of `history.FORMAT`; bytes in, commits out, one at a time.

One commit is a header token, then if it changed files `\n:<modes> <ids> <status>` NUL path NUL [path NUL] per file,
then `added TAB deleted TAB path` NUL per file again (for renames the path is empty and the old and the new one follow).
The place of a token decides what it is, so paths may hold anything: line breaks, tabs, what looks like a header.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from bdc_chassis.errors import ValidationFailed
from bdc_contracts import FileStatus

from bdc_github.source.charset import decode, escape_path
from bdc_github.source.dates import parse_date
from bdc_github.source.records import Commit, FileChange, Identity, Trailer
from bdc_github.source.trailers import parse_trailer

MARK: Final = b"\x1e"
HEADER_LINES: Final = 11

_RAW: Final = ord(":")
_STATUS: Final = {
    b"A": FileStatus.ADDED.value,
    b"C": FileStatus.COPIED.value,
    b"D": FileStatus.DELETED.value,
    b"M": FileStatus.MODIFIED.value,
    b"R": FileStatus.RENAMED.value,
    b"T": FileStatus.TYPE_CHANGED.value,
    b"U": FileStatus.UNMERGED.value,
}
_SUBMODULE: Final = b"160000"

_Counts = tuple[int | None, int | None]
_UNCHANGED: Final[_Counts] = (0, 0)


class LogFormatError(ValidationFailed):
    """What git printed is not a log in our format; this git is too new, too old or not git."""


def parse_log(chunks: Iterable[bytes]) -> Iterator[Commit]:
    """Yield the commits of a log that arrives in pieces of any size.

    Raises:
        LogFormatError: the bytes are not such a log.
    """
    tokens = split_tokens(chunks)
    token = next(tokens, None)
    while token is not None:
        if not token.startswith(MARK):
            raise LogFormatError(f"git printed {token[:60]!r} where a commit should begin; is this git log?")
        header = token
        token = next(tokens, None)
        if token is not None and token.startswith(b"\n"):
            files, token = _parse_files(token[1:], tokens)
            yield _commit(header, files)
        else:
            yield _commit(header, ())


def split_tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what stands between NULs, a last token without one included."""
    rest: list[bytes] = []
    for chunk in chunks:
        first, *others = chunk.split(b"\0")
        rest.append(first)
        if others:
            yield b"".join(rest)
            rest = [others.pop()]
            yield from others
    if last := b"".join(rest):
        yield last


def _parse_files(token: bytes | None, tokens: Iterator[bytes]) -> tuple[tuple[FileChange, ...], bytes | None]:
    """Return the files of one commit, and the token after them."""
    changes: list[tuple[bytes, bytes, bytes | None]] = []
    while token and token[0] == _RAW:
        path = _next(tokens)
        previous = None
        if token[-1:].isdigit():  # a similarity such as R087: two paths
            previous, path = path, _next(tokens)
        changes.append((token, path, previous))
        token = next(tokens, None)
    counts: dict[bytes, _Counts] = {}
    while token and not token.startswith(MARK):
        added, deleted, path = _numstat(token)
        if not path:
            _next(tokens)
            path = _next(tokens)
        counts[path] = (added, deleted)
        token = next(tokens, None)
    return tuple([_file(raw, path, previous, counts) for raw, path, previous in changes]), token


def _next(tokens: Iterator[bytes]) -> bytes:
    token = next(tokens, None)
    if token is None:
        raise LogFormatError("git's output ends inside the files of a commit")
    return token


def _numstat(token: bytes) -> tuple[int | None, int | None, bytes]:
    try:
        added, deleted, path = token.split(b"\t", 2)
        if added == b"-":
            return None, None, path
        return int(added), int(deleted), path
    except ValueError:
        raise LogFormatError(f"git printed {token[:60]!r} where line counts should be") from None


def _file(raw: bytes, path: bytes, previous: bytes | None, counts: dict[bytes, _Counts]) -> FileChange:
    additions, deletions = counts.get(path, _UNCHANGED)  # git leaves out some files whose lines did not change
    return FileChange(
        escape_path(path),
        _STATUS.get(raw.rpartition(b" ")[2][:1], FileStatus.UNKNOWN.value),
        escape_path(previous) if previous is not None else None,
        additions,
        deletions,
        additions is None,
        raw[1:7] == _SUBMODULE or raw[8:14] == _SUBMODULE,
    )


def _commit(header: bytes, files: tuple[FileChange, ...]) -> Commit:
    try:
        sha, parents, encoding, an, ae, at, ad, cn, ce, ct, cd, rest = header.split(b"\n", HEADER_LINES)
    except ValueError:
        raise LogFormatError(f"git printed a commit without all of its header: {header[:60]!r}") from None
    charset = encoding.decode("ascii", "replace")
    trailers, message = _trailers_and_message(rest, charset)
    return Commit(
        sha[1:].decode("ascii", "replace"),
        tuple(parents.decode("ascii", "replace").split()),
        Identity(decode(an, charset), decode(ae, charset), parse_date(at, ad.rpartition(b" ")[2])),
        Identity(decode(cn, charset), decode(ce, charset), parse_date(ct, cd.rpartition(b" ")[2])),
        message,
        trailers,
        files,
    )


def _trailers_and_message(rest: bytes, charset: str) -> tuple[tuple[Trailer, ...], str]:
    """Split git's unfolded trailers, one a line and closed by an empty line, from the message after them."""
    if rest.startswith(b"\n"):
        return (), decode(rest[1:], charset)
    block, _, message = rest.partition(b"\n\n")
    lines = decode(block, charset).split("\n")
    return tuple([trailer for line in lines if (trailer := parse_trailer(line))]), decode(message, charset)
