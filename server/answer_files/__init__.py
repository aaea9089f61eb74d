"""A day's list as a file, and an office's answers brought back as one.

An office that works in a spreadsheet takes its queue as a table, fills in what it decided, and
brings it back. Each row goes through the checks of the page (`server.offices.commands`), is shown
with what did not match, and is applied by a job.

`sheet.py`     a file of any kind, read into rows
`rows.py`      what a row answers, and whether it can be done now
`commands.py`  keep a file, look at its rows, apply them, forget it
`queries.py`   what the page of a file shows
`tables.py`    the list to fill in, and the rows that did not match
`jobs.py`      the rest of a long file, the applying, the forgetting
`pages.py`     the pages
"""
