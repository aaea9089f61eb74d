"""Short messages by an operator's message centre (SMPP 3.4), or a program.

`segments.py`  what a message costs: its alphabet and its segments
`outbox.py`    the table of messages: ordered, claimed, answered, reported, counted, capped
`outage.py`    since when no message goes, and how many wait
`templates.py` what is said, in which language, within how many segments
`smpp.py`      one connection to the centre, in the words of SMPP
`command.py`   the same by a program of the operator's
`sender.py`    who sends: a thread of the jobs' process

A message is a row, ordered within the transaction of what it speaks of. Whoever sends it has its
lease, stored before a byte goes out. A message whose sender was killed may have gone: it is sent
once more, never a third time, and is counted as one that may have come twice.
"""
