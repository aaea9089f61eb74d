"""Every bound that both sides must share. What the programme may change is data, not here."""

NAME_CHARS_MAX = 120
LINE_CHARS_MAX = 200
"""A line of a form: a landmark, a reason, a place."""
NOTE_CHARS_MAX = 4_000
"""Free text. A longer note is refused where it is typed, with the number of characters over."""
SET_ITEMS_MAX = 200
YEAR_LEAST, YEAR_MOST = 1900, 2199
"""Of every day and moment: as old as a person may be, and what each calendar and clock can show."""

QUERY_CHARS_MAX = 160
"""Of what is typed to search, as much is read: a longest name, and a village."""
QUERY_WORDS_MAX = 12
"""Each is looked up, alone and with its neighbours. No name has more."""

CHANGES_PER_GROUP_MAX = 64
CHANGES_PER_PUSH_MAX = 512
CHANGES_PER_PUSH_LEAST = 16
GROUP_BYTES_MAX = 256 * 1024
BODY_BYTES_MAX = 2 * 1024 * 1024
"""A request or reply as it travels, compressed."""
UNPACKED_BYTES_MAX = 8 * 1024 * 1024
"""The same once unpacked; a decompressor stops here."""
PAGE_BYTES = 384 * 1024
"""What a tablet asks for in one reply: lost at most once when the line breaks."""
PAGE_BYTES_LEAST = 4 * 1024
"""What is left of it on a line that breaks again and again."""
REPLY_KEPT_BYTES = 8 * 1024
"""From this size on a reply is kept by the server for a while, and its beginning by the tablet: a
line that broke in it goes on from there. Less is sooner sent again."""
REQUEST_BYTES_LEAST = 4 * 1024
"""What is left of a request on a way that lets no larger one pass; less is nobody's bound."""
ROWS_PER_PAGE_MAX = 4_000

ROWS_PER_BLOCK_MAX = 65_536
VALUES_PER_MESSAGE_MAX = 500_000
"""In all blocks of a message together: a page of the widest records has a third of it."""
BLOCKS_PER_MESSAGE_MAX = 1_000
BLOCK_BYTES_PER_MESSAGE_MAX = 4 * UNPACKED_BYTES_MAX
"""All blocks of a message, unpacked: a push of the longest notes in Arabic has half of it."""
WIDTH_BITS_MAX = 63
REV_MAX = 2**31 - 1
SCOPE_NUMBER_MAX = 2**31 - 1

ENROL_CODE_CHARS = 10
ENROL_CODE_MINUTES = 10
ENROL_TRIES_MAX = 5

GRACE_DAYS = 30
"""After a commune was taken from an agent, work captured before is still accepted."""
LEASE_DAYS = 30
"""A tablet that has not heard the server for longer shows nothing until it does."""
TOMBSTONE_DAYS = 400

CONTENT_CHECK_DAYS = 7
"""How often the values of a scope are compared, not only which records it holds."""
SCOPES_CHECKED_AT_ONCE = 4

STABLE_AFTER_DAYS = 30
"""What was acknowledged this long ago is in every backup that may ever be restored."""

BLOB_BYTES_MAX = 8 * 1024 * 1024
"""A photo or document as it was captured."""
BLOB_REQUEST_BYTES_MAX = 1024 * 1024
"""What one request may bring of it."""
BLOB_PIECE_BYTES = 256 * 1024
"""What a tablet sends at once. What arrives of a piece is kept, so a break costs none of it, and
each piece costs a round trip: a photo is one."""
UPLOADS_ASKED_MAX = 64
"""How many unfinished uploads a request may ask about; a tablet has one or two."""
BLOB_UNFINISHED_DAYS = 30
BLOB_QUOTA_BYTES = 2 * 1024 * 1024 * 1024
"""What one tablet may announce in `BLOB_QUOTA_DAYS`."""
BLOB_QUOTA_DAYS = 30
