"""Photos and signatures, seen at the desk: small on the page of their visit, large on demand.

`pages.py`      their bytes, to whoever may see the record
`queries.py`    the photos of a visit, and which of them have arrived
`thumbnails.py` a small picture made of a large one, once
"""
