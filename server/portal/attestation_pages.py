"""The attestation of a training, for the enterprise whose request it was: a page to print."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get

from server.applications.attestations import attestation_of
from server.applications.beside import attendance_of
from server.db.records import NotFound, Records
from server.portal import requests
from server.rights import Right
from server.web.site import Site


def routes(site: Site) -> list[Any]:
    """Return the page."""

    @get(requests.URL + "/{record_id:str}/attestation", right=Right.REGISTER)
    @site.threaded
    def attestation(request: Request[Any, Any, Any], record_id: str) -> Any:
        visitor = site.visitor(request)

        def find(records: Records) -> tuple[str, list[dict[str, Any]]]:
            asked, _ = requests.find(records, visitor, record_id)
            attendance = attendance_of(records, asked)
            if attendance is None:
                raise NotFound("portal: no attestation", entity="attendance")
            url = f"{requests.URL}/{UUID(bytes=asked.record_id)}"
            return url, attestation_of(records, attendance)

        url, letter = site.read(find)
        frame = {"back_url": url}
        return site.public(request, "portal/attestation.html", frame=frame, letter=letter)

    return [attestation]
