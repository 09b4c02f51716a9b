"""Whether a message was signed or encrypted, by PGP or S/MIME, in MIME or in its text."""

from typing import Final

from bdc_mailing.source.mime import SMIME, Leaf

SIGNED: Final = "signed"
ENCRYPTED: Final = "encrypted"

_SIGNATURES: Final = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
_ARMOR: Final = "-----BEGIN PGP "


def protection_of(leaves: list[Leaf], text: str) -> tuple[str, ...]:
    """Return what was done to a message, sorted; attached messages do not count."""
    if len(leaves) == 1 and leaves[0].kind.value == "text/plain" and _ARMOR not in text:
        return ()
    found = {mark for leaf in leaves if not leaf.nested and (mark := _of_leaf(leaf))}
    if f"{_ARMOR}SIGNED MESSAGE-----\n" in text:
        found.add(SIGNED)
    if text.lstrip().startswith(f"{_ARMOR}MESSAGE-----") or f"\n{_ARMOR}MESSAGE-----\n" in text:
        found.add(ENCRYPTED)
    return tuple(sorted(found))


def _of_leaf(leaf: Leaf) -> str | None:
    kind = leaf.kind.value
    if kind in _SIGNATURES:
        return SIGNED
    if kind == "application/pgp-encrypted":
        return ENCRYPTED
    if kind in SMIME:
        is_signed = leaf.kind.parameters.get("smime-type", "").lower() == "signed-data"
        return SIGNED if is_signed else ENCRYPTED
    return None
