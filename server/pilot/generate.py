"""x"""
from typing import Any
def generate(*a: Any, **k: Any) -> dict[str, int]:
    return {}
