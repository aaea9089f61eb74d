"""The frame of a page for everybody: it has more languages than the portal and the desk."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response

from server.web.site import Site
from sync.phrases import Phrases


def phrases_of(site: Site, request: Request[Any, Any, Any]) -> Phrases:
    """Return the words of the language in which a page for everybody answers."""
    return site.pages.phrases(site.language(request, of="public"))


def draw(
    site: Site,
    request: Request[Any, Any, Any],
    template: str,
    *,
    status: int = 200,
    frame: dict[str, Any] | None = None,
    **values: object,
) -> Response[str]:
    """Return a page for everybody; `frame` as `Site.public` takes it."""
    frame = {"back_url": "/", **(frame or {})}
    return site.public(request, template, status=status, frame=frame, **values)
