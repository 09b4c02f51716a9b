"""Why a profile belongs to its person, in one sentence."""

from typing import Final

from bdc_identity.evidence import Kind

ALONE: Final = "Nothing joins this profile to another one so far."

_PLATFORM_NAMES: Final = {"github": "GitHub", "gitlab": "GitLab", "youtube": "YouTube", "wg21": "WG21"}


def reason_for(kind: Kind, value: str) -> str:
    """Return the sentence for evidence that two profiles share."""
    match kind:
        case Kind.ACCOUNT:
            platform, account = _account(value)
            return f"Same {platform} account: {account}."
        case Kind.LOGIN:
            platform, login = _account(value)
            return f"Same {platform} login: {login}."
        case Kind.VERIFIED_EMAIL:
            return f"Same verified e-mail address: {value}."
        case Kind.EMAIL:
            return f"Same e-mail address: {value}."
        case Kind.NAMED_EMAIL:
            address, _, name = value.partition("\n")
            return f"Same local address and same full name: {address}, {name}."


def account_label(platform: str) -> str:
    """Return a platform's name as it is written."""
    return _PLATFORM_NAMES.get(platform, platform.capitalize())


def _account(value: str) -> tuple[str, str]:
    platform, _, account = value.partition(":")
    return account_label(platform), account
