"""The attestation of a training, for the enterprise whose request it was: a page, and a PDF."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get

from server.accounts.visitors import Visitor
from server.applications.attestations import attestation_of
from server.applications.beside import attendance_of
from server.db.records import NotFound, Records, Stored
from server.letters.attestation import make_attestation
from server.portal import requests
from server.rights import Right
from server.web.headers import pdf_file
from server.web.site import Site


def routes(site: Site) -> list[Any]:
    """Return the page and the PDF."""

    @get(requests.URL + "/{record_id:str}/attestation", right=Right.REGISTER)
    @site.threaded
    def attestation(request: Request[Any, Any, Any], record_id: str) -> Any:
        visitor = site.visitor(request)

        def find(records: Records) -> tuple[str, list[dict[str, Any]]]:
            asked, attendance = _find(records, visitor, record_id)
            url = f"{requests.URL}/{UUID(bytes=asked.record_id)}"
            return url, attestation_of(records, attendance)

        url, letter = site.read(find)
        frame = {"back_url": url}
        return site.public(request, "portal/attestation.html", frame=frame, letter=letter, url=url)

    @get(requests.URL + "/{record_id:str}/attestation/printed", right=Right.REGISTER)
    @site.threaded
    def printed(request: Request[Any, Any, Any], record_id: str) -> Any:
        visitor, server_url = site.visitor(request), site.settings.reached_at(request.scope)

        def make(records: Records) -> bytes:
            _, attendance = _find(records, visitor, record_id)
            return make_attestation(records, attendance, server_url)

        return pdf_file(site.read(make), "attestation")

    return [attestation, printed]


def _find(records: Records, visitor: Visitor, record_id: str) -> tuple[Stored, Stored]:
    """Return a request of a visitor, and its place in a training. Raises NotFound."""
    asked, _ = requests.find(records, visitor, record_id)
    attendance = attendance_of(records, asked)
    if attendance is None:
        raise NotFound("portal: no attestation", entity="attendance")
    return asked, attendance
