"""What is done to many records of a list by one press: tasks made of them, or taken out as a file.

`kinds.py`  the lists that can be chosen from, what a task of each is, what its file has
`many.py`   which records, counted first; their tasks made, turn by turn
`jobs.py`   thousands made by the server, and taken back
`table.py`  the records as lines of CSV
`pages.py`  the page that counts, and what is pressed there
"""
