"""What waits for a decision: changes that are held, values that disagree, flagged steps, doubles.

`queries.py`   what waits, and for whom: whoever sees it may decide it
`commands.py`  a form becomes a decision of `server.exchange`: `decide`, `settle`
`pages.py`     the list, and the routes of both kinds of question
`review.py`    what the page of a review shows
`held.py`      what the page of a held record shows
`words.py`     what a question is called on all of them
"""
