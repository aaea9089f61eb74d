"""Pages in processes of their own: none waits for Python's one lock that another page has.

`keeper.py` begins the processes and begins them again; `drawing.py` is what one of them does;
`handing.py` hands it a page, from the process that owns the port; `lines.py` carries it there and
the answer back. Why, and what stays where: `docs/decisions/0021-pages-apart.md`.
"""
