"""Training: sessions that are planned, places given to who asked, and who was there.

`sessions.py`       the sessions, who is on the list, a place for a request
`pages.py`          the desk's pages of them
"""
