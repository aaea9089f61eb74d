"""The public pages: a phone, a code, who one is, what one wants; then how far it is.

`pages.py`        the pages, which work on a cheap phone without script
`codes.py`        a code's words, and the count of each try
`registration.py` who one may be, what each step of a registration asks and what it comes to
`registration_pages.py`  its pages
`queries.py`      for whom a phone speaks, what can be asked for, the communes to choose from
`proxies.py`      who may speak for somebody: the form (`server.accounts.proxies` keeps it)
`mine.py`         somebody's requests as cards, and who is near; for whom one speaks
`follow.py`       one request by its reference and its phone's code alone
`follow_pages.py` its pages
`requests.py`     one request, and what its applicant may do: file, withdraw, appeal, share
`proposals.py`    what who proposed an innovation does beside: say it, show its result
`commands.py`     a registration, and one more service
`claims.py`       a code by which an agent finds and finishes what was begun, and its joining
`claim_pages.py`  the page on which that code is given
`calling.py`      whom no code reaches is called
`file.py`         somebody's own file: who is near, who looked at it, a copy, complaints
`file_pages.py`   its pages, and signing out everywhere
`own_phone.py`    another phone, proved by a code to each; `own_phone_pages.py` its page
`attestation_pages.py` the attestation of a training
`papers.py`       papers of a request: given page by page, taken back, one copy for several
`paper_pages.py`  their pages, and their bytes to who gave them
`arriving.py`     pages that come in pieces; `arriving_pages.py` what a browser's script calls
`jobs.py`         what agents wrote down under a code, joined later; pages never finished, forgotten

Who a visitor is, by phone and code: `server.accounts.visitors`.
"""
