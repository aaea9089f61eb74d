"""Arabic, Tifinagh and Latin on stock SDL2."""
