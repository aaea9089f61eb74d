"""What everybody may read without signing in: points, services, rights, data; in all languages.

`pages.py`      the pages
`points.py`     the points near a place: how far, open now or when next, what is done there
`hours.py`      whether a point is open now, in words
`frame.py`      the frame of a page for everybody, which has more languages than the others
`published.py` data without persons, as files that programs fetch
`published_pages.py` their addresses
"""
