"""Tablets, as coordinators see them: who has one, a new one's code, a forgotten PIN, a lost one.

`pages.py`     the list, a tablet, the code of a new one
`queries.py`   whose tablets are the reader's business, what was ordered of one, the code for a PIN
`commands.py`  a code for a new one, an order

What a tablet is to the server is `server.accounts.devices`.
"""
