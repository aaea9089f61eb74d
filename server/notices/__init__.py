"""What is told to those who follow a request, and what they tell us by a message.

`pages.py`      a request's messages on the portal, for those whom none reaches on a phone
`inbound.py`    STOP, a request's reference, anything else
`reminders.py`  days before an answer is due: to its office, then to who is above it
`jobs.py`       each night's
`running.py`    the sender of the jobs' process
"""
