"""What every page of the desk and the portal stands on.

`site.py`      the way of a page and of a form: who may come in, threads, cookies, the frame
`asked.py`     what a request says, typed and bounded before any work
`uploaded.py`  the same of a form that carries a file
`forms.py`     forms of records: read, and given back as they were typed
`unsent.py` `drafts.py`  a form that came when its session was over: kept through the sign-in
`reader.py`    who reads; a record's name and a choice in their words
`seen.py`      records that a reader may see, and no other
`named.py`     what records are called where a page refers to them
`team.py`      whose tablets and whose held work are a reader's business
`lists.py`     what every list has: its state in its address, filters, a total
`csv.py`       lines of a file that a spreadsheet opens
`acts.py`      what somebody did to one record or to many, and its undoing
`values.py` `order.py` `languages.py`  a value in words, names in order, which language
`shell.py` `frame.py`  the menu; who reads, where, and what waits, as a page's frame says it
`kept.py`      figures that not every page counts anew
`acted.py`     who has sent a form in the last seconds, and sees what came of it
`lost.py`      what stands for a page whose process died
`waiting.py`   what waits for somebody, declared once: the menu counts it, lists draw its rows
`render.py` `quick.py` `icons.py` `charts.py` `maps.py` `templates/`  how it is drawn
`assets.py` `headers.py` `vendor.py` `static/`  what a browser fetches, and may do
"""
