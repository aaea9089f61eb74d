"""What was said and recorded, heard at the desk: on the page of the record beside which it was.

A recording's words come by the exchange, its bytes later: until then it is said to be on its way.

`pages.py`    a recording's bytes, in parts, to whoever may hear it
`sounds.py`   what kind of sound bytes are
`keeping.py`  one made at the desk, and its bytes
`queries.py`  the recordings of records, as their pages show them
"""
