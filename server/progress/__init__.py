"""How far the server's jobs are, for who ordered them and who looks after the server.

`pages.py`    the list, and a job stopped or tried again
`queries.py`  what waits, runs and has ended, in the words of its reader
"""
