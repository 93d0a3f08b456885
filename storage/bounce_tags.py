"""Tags by which a mail that comes back is known as ours: made of a review, a recipient's address and our key. Pure.

Who has not seen a recipient's mail can't make theirs, so a forged bounce says nothing of anybody.
"""

from __future__ import annotations

import base64
import hmac
import re
from hashlib import sha256

MAC_BYTES = 15
"""120 bits, in 24 letters: the whole fits into the 64 characters of a mail address's local part, whatever its case becomes."""
_TAG = re.compile(r"\bbounce-(\d{1,12})-[a-z2-7]{24}(?![a-z2-7])", re.IGNORECASE)


def bounce_tag(key: bytes, review_id: int, address: str) -> str:
    """Return the tag of a review's recipient: `bounce-12-k3…`."""
    digest = hmac.new(key, f"bounce\n{review_id}\n{address.lower()}".encode(), sha256).digest()
    return f"bounce-{review_id}-{base64.b32encode(digest[:MAC_BYTES]).decode().lower()}"


def tag_in(text: str) -> tuple[int, str] | None:
    """Return the review's number and the tag that stand in a text, an address or a Message-ID; None where it has none."""
    found = _TAG.search(text)
    return None if found is None else (int(found[1]), found[0].lower())


def is_tag_of(tag: str, key: bytes, review_id: int, address: str) -> bool:
    """Return whether it is this recipient's."""
    return hmac.compare_digest(tag.encode(), bounce_tag(key, review_id, address).encode())
