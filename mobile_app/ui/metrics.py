"""Pixels of density-independent sizes: a screen asks hundreds of times for a handful of them."""

from __future__ import annotations

from functools import lru_cache

from kivy import metrics

_KEPT_MAX = 512
# Kivy reads density and font scale once, when the window comes up.
dp, sp = lru_cache(_KEPT_MAX)(metrics.dp), lru_cache(_KEPT_MAX)(metrics.sp)
