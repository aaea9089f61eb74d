"""The market: what enterprises offer, for everybody to see, and who orders of it. No payment.

`offers.py`        what is offered: found, added, shown and paused, taken down
`purchases.py`     an order from the first word to its end, with its history for both
`pages.py`         the public list and an offer, without anything personal
`buying_pages.py`  an order by who has a checked phone, and its page for both
`selling_pages.py` the offers of an enterprise, and the orders that it answers
`desk_pages.py`    the same offers at the desk, with the right to take one down
`jobs.py`          orders that nobody answered end, and old ones are forgotten
"""
