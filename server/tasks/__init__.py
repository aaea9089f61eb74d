"""Tasks at the desk: what is to be done for whom, by whom, by which day; what is late first.

`pages.py`  the list
"""
