"""The catalogue of services: editions as data.

`catalogue/CODE.json`  the first edition of a service, read by `server/reference/files.py`; those
                       published follow it: `server/reference/catalogue.py` has what holds
`proposals.py`         the next edition: proposed, published by another, taken back in time
`checking.py`          whether an edition can be published: every fault at its field
`exporting.py`         the catalogue as files, and files as proposals
`facts.py`             what is known of somebody, as the conditions ask for it
`shown.py`             an answer in words, for desk and portal
`desk_pages.py`        at the desk: what holds, what is proposed
`editing.py`           the form of a proposal; `fields.py` what it asks, each field once
`recordings.py`        services said aloud, in the languages people speak; `recording_pages.py`
                       records, publishes and plays them
`effect.py`            whom a proposal would change
`pages.py`             what an enterprise can ask for on the portal, and a service in plain words
"""
