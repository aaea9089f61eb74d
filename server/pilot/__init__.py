"""Invented data for the three pilot provinces: for demos, tests and measurements.

`generate.py`  all of it, in the order in which records refer to one another
`pilot.py`     one generation: its chance, what was made so far, how it is stored
`staff.py` `points.py` `people.py` `visits.py`  what is made, a kind each
`bulk.py` `bulk_parts.py` `bulk_rows.py`  a whole country's, for measurements
`words.py`     names and notes, in both scripts
"""
