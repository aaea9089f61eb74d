"""Receipts and letters: what is told, on paper, and whether a paper is genuine.

`words.py`   what the applicant is told, in Arabic and French beside each other
`papers.py`  which papers a request has, and what is signed on each
`attestation.py` that of a training, which is of no request's step
`pdf.py`     a paper as PDF, its square and its code
`check.py`   genuine, changed or withdrawn: by the square or the code
`pages.py`   the public page that tells
"""
