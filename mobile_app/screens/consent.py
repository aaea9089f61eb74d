"""What is stored of an answer to a consent, wherever it was asked."""

from __future__ import annotations

from mobile_app.screens.context import Context
from sync.entities.consent import TEXT_VERSION
from sync.spec import Values


def answered(
    context: Context,
    purpose: str,
    *,
    is_given: bool,
    language: object,
    read_aloud: bool,
    recipient: str = "",
) -> Values:
    """Return an answer given now. `language`: spoken with who answers; empty: the screen's."""
    return {
        "purpose": purpose,
        **({"recipient": recipient} if recipient else {}),
        "ground": "consent",
        "text_version": TEXT_VERSION,
        "language": str(language or context.language),
        "read_aloud": read_aloud,
        "given": is_given,
        "given_at": context.now_ms(),
    }
