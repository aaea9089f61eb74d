"""What waits for a decision: changes that are held, values that disagree, flagged steps, doubles.

`queries.py`   what waits, and for whom: whoever sees it may decide it; filters and neighbours
`commands.py`  a form becomes a decision of `server.exchange`: `decide`, `settle`
`pages.py`     the routes of the list and of both kinds of question
`list.py`      what the list shows
`subjects.py`  whom a thing is about
`around.py`    the place of one thing in its list, and where a decision leads
`review.py`    what the page of a review shows
`held.py`      what the page of a held record shows
`rules.py`     which of two values a rule keeps
`many.py`      many at once: shown first, done in bounded turns
`asking.py`    what the office asked an agent about a held record, and the answer
`words.py`     what a question is called on all of them

What is open is declared, and counted, in `server.web.waiting`.
"""
