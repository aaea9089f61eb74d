"""What device management has set for this app: managed configuration (decision 0013).

Of Android's RestrictionsManager; the names are declared in the app's restrictions.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from textwrap import wrap

from mobile_app.device import authorities, java

_LOG = logging.getLogger("nuqta")
_CERTIFICATE = re.compile(
    "(-{5}BEGIN CERTIFICATE-{5})(.*?)(-{5}END CERTIFICATE-{5})\\s*", re.DOTALL
)
_LINE = 64
_URL = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[\w.~/-]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Managed:
    """Empty: not set.

    Args:
        server_url: where to enrol; https alone.
        authority_pem: the only authorities that vouch for the server, in place of the system's.
    """

    server_url: str = ""
    authority_pem: str = ""


def of_this_device() -> Managed:
    """Return what is set now, which may be another thing than before. What is wrong is left out."""
    manager = java.service("restrictions") if java.is_android() else None
    bundle = None if manager is None else manager.getApplicationRestrictions()
    if bundle is None:
        return Managed()
    url, pem = (str(bundle.getString(name) or "").strip() for name in Managed.__slots__)
    if url and not _URL.fullmatch(url):
        url = _without("server_url")
    pem = _CERTIFICATE.sub(_in_lines, pem)
    try:
        authorities.context(pem or None)
    except authorities.AuthorityWrong:
        pem = _without("authority_pem")
    return Managed(url, pem)


def _in_lines(found: re.Match[str]) -> str:
    """Return a certificate in lines, of which a console's field for one line may have made one."""
    begin, content, end = found.groups()
    return "\n".join((begin, *wrap("".join(content.split()), _LINE), end, ""))


def _without(name: str) -> str:
    _LOG.warning("managed configuration: %s is wrong and is ignored", name)
    return ""
