"""Contact points: list, map, add, change, open, suspend; what happened there.

`pages.py`     the list with its map, a point with its form
`queries.py`   the points that a reader may see, and what happened at one
`commands.py`  a new point, a change
`fields.py`    which fields a form has, and from what each is chosen
`near.py`      where communes and points are, for whoever looks for what is near
`stops.py`     the stops of mobile units at souks near a place, and their next day
`position.py`  where a point is, as people write it down
"""
