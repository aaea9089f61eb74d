"""Invented data for the three pilot provinces: for demos, tests and measurements.

`generate.py`  all of it, in the order in which records refer to one another
`pilot.py`     one generation: its chance, what was made so far, how it is stored
`staff.py` `points.py` `people.py` `visits.py`  the background, a kind each
`living.py`    the days before today over it, written by real tablets that sync
`stage.py`     their server with a clock that is told, and the tablets
`team.py` `scenes.py` `troubles.py` `beside.py` `answering.py`  who works, and what happens
`bulk.py` `bulk_parts.py` `bulk_rows.py`  a whole country's, for measurements
`drawn.py` `sound.py`  pictures, and a voice
`words.py` `told.py`  names and notes, in both scripts
"""
