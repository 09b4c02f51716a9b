"""What a comparison found, in sentences."""

from typing import Final

from bdc_identity.matching.score import Finding, Found

_SAME: Final = {
    Found.NAMES: "Same name: {left}",
    Found.HANDLE: "Same login or local part: {left}",
    Found.NICKNAME: "Both are called {left}",
    Found.DOMAIN: "Addresses at the same domain: {left}",
}
_DIFFERENT: Final = {
    Found.NAMES: "Names: {left}, {right}",
    Found.NEAR_HANDLE: "Nearly the same login or local part: {left}, {right}",
    Found.DERIVED: "Login or local part that follows from the name {left}: {right}",
    Found.NICKNAME: "Called {right} beside the name {left}",
}


def sentence(finding: Finding) -> str:
    """Return the sentence for one finding, with how much it says."""
    forms = _SAME if finding.left == finding.right and finding.found in _SAME else _DIFFERENT
    said = forms[finding.found].format(left=finding.left, right=finding.right)
    return f"{said} ({finding.bits:+.1f} bits)."
