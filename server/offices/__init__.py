"""The back offices: each answers the requests that were passed on to it, and sees no other.

`pages.py`     the queue, one request, what is asked for, the letter
`queries.py`   whose queue it is: its filters, its order, its rows
`one.py`       all that an office is shown of one request
`seen.py`      what an agent noted at the counter: so, or back
`levels.py`    how well delays are kept, by service and month
`commands.py`  take, hand over, ask for papers, answer
`letters.py`   what the applicant is told, in Arabic and French beside each other

What the programme decides itself is answered by coordinators, on the same pages.
"""
