"""What screens are drawn with: text in both directions, theme, components."""

import os

# Before Kivy is imported, and looks for all that could read a picture.
os.environ.setdefault("KIVY_IMAGE", "sdl2")
