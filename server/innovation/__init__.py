"""What came of proposals that were tried: the results that everybody may read.

`pages.py`  the public list

A proposal is said on the portal (`server.portal.requests`), decided by the committee's queue
(`server.offices`), tried with an agent's follow-up, and its result written at the desk
(`server.applications.one`). It is public with the consent of who proposed it alone.
"""
