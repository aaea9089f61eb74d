"""Tablets, as coordinators see them: what is to be done of whose, a new one's code, a lost one.

`pages.py`     the list, the driver's, a tablet, the code of a new one
`list.py`      tablets by what is to be done
`causes.py`    why a tablet is silent, or will be: the rules and their thresholds
`queries.py`   whose tablets are the reader's business, what was ordered of one, the code for a PIN
`commands.py`  a code for a new one, an order
`qr.py`        a code that a camera reads

What a tablet is to the server is `server.accounts.devices`.
"""
