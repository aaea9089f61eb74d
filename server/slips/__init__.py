"""The slip of a day, read at the desk: what is written there, compared with what has arrived.

`pages.py`    the form that takes its code or its square, and the comparison
`pictured.py` its square, read off a photo
`queries.py`  what of a slip has arrived, and what not
"""
