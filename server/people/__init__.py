"""People and enterprises: find, see, correct.

`subjects.py`        what differs between the two: where they are, what is shown, what is corrected
`pages.py`           a list, a record with its form
`listed.py`          their lists: a page, its filters, how many there are
`queries.py`         who is found, by name or in order; what is known of one, and what it was before
`consents.py`        what somebody agreed to, a purpose each
`commands.py`        a correction
`holdings.py`        what land and animals somebody has: found, added, corrected
`holding_pages.py`   the pages of it
`speaking.py`        who speaks for somebody on the portal, by a paper that was seen
`authorisations.py`  what the data protection authority allows of them: entered by commands
"""
