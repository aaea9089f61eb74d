"""The photos of a visit in the making, kept with its draft."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_app.device.photo import Photo as Shrunk
from mobile_app.store import drafts
from mobile_app.store.records import Store

KIND = "visit.photo"


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of the draft: WebP bytes and what it shows."""

    key: str
    purpose: str
    data: bytes
    width: int
    height: int
    taken_ms: int


def all_of(store: Store, draft_key: str) -> list[Photo]:
    """Return a draft's photos, in the order they were taken."""
    mine = [one for one in drafts.list(store, KIND) if one.key.startswith(draft_key)]
    return [
        Photo(one.key, **{name: one.values[name] for name in Photo.__slots__ if name != "key"})
        for one in sorted(mine, key=lambda one: (one.saved_ms, one.key))
    ]


def keep(store: Store, draft_key: str, purpose: str, photo: Shrunk) -> None:
    """Keep a photo with the draft, on disk. Raises StoreFull."""
    values = {
        "purpose": purpose,
        "data": photo.content,
        "width": photo.width,
        "height": photo.height,
        "taken_ms": store.true_clock.wall_ms(),
    }
    drafts.save(store, KIND, f"{draft_key}:{store.ids().hex()}", values)
