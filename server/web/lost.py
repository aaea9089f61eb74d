"""A page whose process died while it drew it (`server/processes/`)."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from sync.errors import Refusal

IS_LOST = "is_lost"
"""In the state of a request that a process died over."""


class PageLost(Refusal):
    """The process that drew a page has died; of a form, nobody knows whether it was stored."""

    code = "page_lost"


async def refuse_lost(
    request: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler
) -> None:
    """Say that it is lost, in the reader's language: a guard before all others. Raises PageLost."""
    if request.state.get(IS_LOST):
        raise PageLost("page: its process ended")
