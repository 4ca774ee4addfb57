"""Whose signature a bundle may bear: who writes approvals by an access.yml, or whom a file of allowed signers names.

A signature says no day, so a key counts that had not ended when the results were approved last. Decision 0069.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

from pipeline.core.record.access import Access

NAMESPACE: Final = "parindex-bundle"  # what a signature of a bundle is made for; one made for anything else is none
SIGNATURE: Final = "SHA256SUMS.sig"
UNDATED: Final = "9999-12-31"  # of results without a day of approval: no key that ever ends counts
_TYPE: Final = "ssh-ed25519"


def writers_of_approvals(access: Access, day: str) -> Mapping[str, str]:
    """Return the keys of the people who write approvals, and who they are; `day`: the day of the last approval."""
    return {
        key.text: person.name
        for person in access.people.values()
        for key in person.keys
        if "approval" in access.role_of(person).writes and (key.until is None or day <= key.until)
    }


def allowed_signers(text: str, day: str) -> Mapping[str, str]:
    """Return the keys that a file of allowed signers (ssh-keygen) names for bundles, and whose they are."""
    found: dict[str, str] = {}
    for line in text.split("\n"):  # as ssh-keygen splits: no other sign ends a comment
        names, *words = line.split() or [""]
        options = words.pop(0) if words and words[0] != _TYPE else ""
        if words[:1] == [_TYPE] and len(words) > 1 and _is_name(names) and all(_allows(options, day)):
            found[" ".join(words[:2])] = names
    return found


def _is_name(text: str) -> bool:
    return text.isprintable() and not text.startswith("#")


def _allows(options: str, day: str) -> Iterator[bool]:
    """Yield for each option of a key whether it lets the key sign a bundle; what is not known does not."""
    for option in options.removesuffix('"').split('",') if options else ():
        name, _, value = option.partition('="')
        if name == "namespaces":
            yield NAMESPACE in value.split(",")
        elif name == "valid-before":
            yield day.replace("-", "") <= value[:8]
        else:
            yield name == "valid-after"


def fingerprint(key: str) -> str:
    """Return a public key as ssh-keygen shows it in short."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
