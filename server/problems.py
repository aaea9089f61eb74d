"""Refusals -> HTTP: the only place with status codes. Bodies as RFC 9457 says."""

from __future__ import annotations

import logging
import secrets
import sqlite3
import traceback
from typing import Any

import msgspec
import psycopg
from sqlalchemy.exc import DBAPIError

from server.phrases import load_phrases
from sync.errors import Refusal, SyncError

MEDIA_TYPE = "application/problem+json"
_STATUS: dict[str, int] = {
    "malformed": 400,
    "too_large": 413,
    "signature_wrong": 401,
    "device_revoked": 403,
    "device_wiped": 403,
    "account_disabled": 403,
    "counter_old": 401,
    "enrol_code_wrong": 404,
    "enrol_code_used": 409,
    "record_unknown": 404,
    "upload_unknown": 404,
    "upload_offset_wrong": 409,
    "upload_checksum_wrong": 460,  # tus's own
    "upload_too_long": 413,
    "upload_quota_full": 429,
    "blob_too_large": 413,
    "blob_unknown": 404,
    "blob_range_wrong": 416,
    "tus_version_wrong": 412,
    "piece_type_wrong": 415,
    "page_unknown": 404,
    "page_lost": 503,
    "session_over": 401,
    "sign_in_failed": 401,
    "too_many_tries": 429,
    "csrf_wrong": 403,
    "request_wrong": 400,
    "message_unsent": 503,
    "not_allowed": 403,
    "above_own_rights": 403,
    "already_decided": 409,
    "record_changed": 409,
    "visit_own": 403,
    "visit_of_family": 403,
    "request_own": 403,
    "complaint_own": 403,
    "complaint_of_family": 403,
    "complaint_above": 403,
    "request_of_family": 403,
    "request_taken": 409,
    "act_over": 409,
    "database_busy": 503,
    "server_full": 507,
    "unexpected_fault": 500,
}
_DEFAULT = 422
_FOR_PROGRAMS = ("reference", "counter")
"""Values of a refusal that its body holds beside the sentence."""
log = logging.getLogger("nuqta")


def status_of(code: str) -> int:
    """Return the HTTP status of a refusal's code."""
    return _STATUS.get(code, _DEFAULT)


def headers_of(fault: Exception) -> dict[str, str]:
    """Return the headers that say a fault to programs: when to try again."""
    minutes = fault.values.get("minutes") if isinstance(fault, Refusal) else None
    return {"retry-after": str(60 * minutes)} if isinstance(minutes, int) else {}


def problem(code: str, language: str, values: dict[str, object]) -> tuple[int, bytes]:
    """Return the status and body that say a refusal in a person's language."""
    status = status_of(code)
    detail = load_phrases(language).sentence(code, values)
    body: dict[str, Any] = {
        **{name: values[name] for name in _FOR_PROGRAMS if name in values},
        "type": f"urn:nuqta:refusal:{code}",
        "title": code,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return status, msgspec.json.encode(body)


def of_fault(fault: Exception, language: str) -> tuple[int, bytes]:
    """Return status and body for any exception; a bug is logged, shown as a reference."""
    if isinstance(fault, Refusal | SyncError):
        values = fault.values if isinstance(fault, Refusal) else {}
        return problem(fault.code, language, values)
    reference = secrets.token_hex(2).upper()
    log.error("unexpected fault %s\n%s", reference, _told(fault))
    return problem("unexpected_fault", language, {"reference": reference})


def _told(fault: BaseException) -> str:
    """Return where a fault came from and what led to it, the first first; no value of a row.

    PostgreSQL ends what it says with the row that it could not write, so of what a database says
    its kind and place are told, not its words.
    """
    chain: list[BaseException] = []
    step: BaseException | None = fault
    while step is not None and step not in chain:
        chain.append(step)
        hidden = None if step.__suppress_context__ else step.__context__
        step = step.__cause__ or hidden
    return "\n".join(
        "".join(traceback.format_tb(one.__traceback__)) + _line(one) for one in chain[::-1]
    )


def _line(fault: BaseException) -> str:
    """Return the line that says what a fault was."""
    name = type(fault).__name__
    if isinstance(fault, DBAPIError):
        return f"{name}: {_line(fault.orig) if fault.orig else ''} [SQL: {fault.statement}]"
    if isinstance(fault, sqlite3.Error):
        return f"{name}: {getattr(fault, 'sqlite_errorname', '')}"
    if isinstance(fault, psycopg.Error):
        place = (fault.diag.table_name, fault.diag.column_name, fault.diag.constraint_name)
        return " ".join((f"{name}: {fault.sqlstate}", *(one for one in place if one)))
    return f"{name}: {fault}"


def reference_in(body: bytes) -> str:
    """Return what a person may tell us of a problem: its reference, else its code."""
    parsed = msgspec.json.decode(body, type=dict[str, Any])
    return str(parsed.get("reference") or parsed["code"])


def detail_in(body: bytes) -> str:
    """Return the sentence that a problem says."""
    return str(msgspec.json.decode(body, type=dict[str, Any])["detail"])


def language_of(accepted: str) -> str:
    """Return `ar` or `fr` from an Accept-Language header; French when it says neither."""
    for part in accepted.lower().split(","):
        tag = part.split(";")[0].strip()[:2]
        if tag in ("ar", "fr"):
            return tag
    return "fr"
