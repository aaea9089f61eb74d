"""The catalogue of services: an edition of each, as data.

`catalogue/CODE.json`  the first edition of a service, read by `server/reference/files.py`
`facts.py`             what is known of somebody, as the conditions ask for it
`shown.py`             an answer in words, for desk and portal
`pages.py`             what an enterprise can ask for on the portal, and a service in plain words
"""
