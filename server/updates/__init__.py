"""The tablet's app, offered to tablets without a store between.

`offers.py`  which version is offered, and its file; written by commands
`routes.py`  what tablets ask: is there a newer one, and its bytes
"""
