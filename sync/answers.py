"""What tells the server's answers from anybody else's: a header of each of them, yes or no.

Between a tablet and its server sit proxies and the pages of networks that want a login. They answer
too, with any status and body; none of what they say is the server's word. It is no proof (that is
for TLS and for signatures), and 9 bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

HEADER, VALUE = "sync", "1"


def is_ours(headers: Mapping[str, str]) -> bool:
    """Whether the server said this; headers by their names in lower case."""
    return headers.get(HEADER) == VALUE
