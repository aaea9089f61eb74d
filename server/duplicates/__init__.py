"""Two records that may be one: found, asked about, merged, and a merge undone.

`comparing.py`  how alike two are: the rule of `sync.rules.duplicates`, with a library's measures
`finding.py`    who may be whose double: of one record, of what is due, of everything in steps
`pairs.py`      the pairs that were found, and what became of them
`merging.py`    two records become one, and two again
`queries.py`    what the page of a pair shows, and how many wait
`pages.py`      the queue, a pair, the answers, the undo
`commands.py`   a form becomes an answer
`jobs.py`       what is compared later: soon, and by night
"""
