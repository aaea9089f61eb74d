"""The catalogue of services: an edition of each, as data.

`catalogue/CODE.json`  the first edition of a service, read by `server/reference/files.py`
"""
