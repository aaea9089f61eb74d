"""Complaints: their own queue at the desk, each answered in words within fifteen days.

`pages.py`     the queue, one complaint, its answer
`queries.py`   what waits for whom, and all that is shown of one
`reminders.py` who is reminded of one, before its end and after
`titles.py`    what each is about, in the reader's language
`commands.py`  make, take, answer, appeal; who may not decide

A complaint is a task of its kind (`sync/entities/task.py`); `exchange/complaints.py` has its day.
Whoever did what is complained of, and their family, do not answer it; an appeal goes one level up.
"""
