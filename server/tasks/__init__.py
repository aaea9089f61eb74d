"""Tasks at the desk: what is to be done for whom, by whom, by which day; what is late first.

`pages.py`  the list, and what is done to many of it
`many.py`   many closed or given to another agent by one press, and back
"""
