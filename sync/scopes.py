"""Which scope a record lives in: names, and the half-years that cut visits into slices.

A scope is what a device receives or does not receive as a whole. Names are stable and readable,
since operators meet them: `t/09.541.01.03/core`, `t/09.541.01.03/v/2026H2`, `p/09.541`, `g`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.spec import Entity, ScopeKind, Value

GENERAL = "g"
_JUNE = 6
DAY_MS = 86_400_000


def core(commune_code: str) -> str:
    """Name the scope of a commune's people, enterprises and requests."""
    return f"t/{commune_code}/core"


def visits(commune_code: str, half_year: str) -> str:
    """Name the scope of a commune's visits of one half-year, such as `2026H2`."""
    return f"t/{commune_code}/v/{half_year}"


def home_of(name: str) -> str:
    """Return the scope that a scope's records mostly refer to: the core of their commune."""
    return f"{name[: name.index('/v/')]}/core" if "/v/" in name else name


def commune_of(name: str) -> str:
    """Return the code of the commune whose records a scope holds; empty for any other scope."""
    return name.split("/")[1] if name.startswith("t/") else ""


def province(province_code: str) -> str:
    """Name the scope of what moves between the communes of a province."""
    return f"p/{province_code}"


def user(agent_id: bytes) -> str:
    """Name the scope of one person: what this agent captured outside the own communes."""
    return f"u/{agent_id.hex()}"


def province_of(commune_code: str) -> str:
    """Return the province's code, `RR.PPP`, of a commune's, `RR.PPP.CC.MM`."""
    return ".".join(commune_code.split(".")[:2])


def region_of(commune_code: str) -> str:
    """Return the region's code, `RR`, of a commune's."""
    return commune_code.split(".", 1)[0]


def scope_name(entity: Entity, values: Mapping[str, Value], effective_ms: int) -> str:
    """Return the name of a new record's home scope.

    Args:
        effective_ms: when the record was made, Unix milliseconds; fixes the slice of a visit.
    """
    named = values.get(entity.scope.field)
    kind = entity.scope.kind
    if kind is ScopeKind.GENERAL:
        return GENERAL
    if kind is ScopeKind.USER:
        assert isinstance(named, bytes)
        return user(named)
    assert isinstance(named, str)
    if kind is ScopeKind.PROVINCE:
        return province(province_of(named))
    if kind is ScopeKind.VISITS:
        return visits(named, half_year(effective_ms))
    return core(named)


def half_year(moment_ms: int) -> str:
    """Return the half-year, such as `2026H2`, of a moment (Unix milliseconds, UTC)."""
    year, is_second = _half(moment_ms)
    return f"{year}H{2 if is_second else 1}"


def half_years(moment_ms: int, count: int) -> list[str]:
    """Return the half-year of `moment_ms` and those before it, newest first."""
    year, is_second = _half(moment_ms)
    halves = year * 2 + is_second
    return [f"{half // 2}H{half % 2 + 1}" for half in range(halves, halves - count, -1)]


def _half(moment_ms: int) -> tuple[int, bool]:
    """Civil year and half from Unix time (Hinnant, *chrono-compatible date algorithms*)."""
    shifted = moment_ms // DAY_MS + 719_468
    era, day_of_era = divmod(shifted, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    year = year_of_era + era * 400 + (month_from_march >= 10)
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    return year, month > _JUNE
