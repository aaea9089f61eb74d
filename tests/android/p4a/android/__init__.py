"""The modules that python-for-android brings, as its 2026.05.09 has them (MIT), but the unused.

Original: `pythonforandroid/recipes/android/src/android`.
"""
