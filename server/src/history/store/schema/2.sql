-- The ids of messages that were deleted sooner than their ids may be forgotten.
CREATE TABLE ids (
    n    INTEGER PRIMARY KEY,   -- the message's place, as it was in messages
    room INTEGER NOT NULL,      -- rooms.id
    seq  INTEGER NOT NULL,      -- the message's number in its room
    name TEXT NOT NULL,         -- who said it, in lower case
    nth  INTEGER NOT NULL,      -- counts the ids of the name in the room; the newest has the highest
    id   TEXT NOT NULL,
    text INTEGER NOT NULL       -- SipHash-1-3 of the text, with the key of digests
) STRICT;

CREATE UNIQUE INDEX ids_of_a_name ON ids (room, name, nth);

CREATE TABLE digests (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    key  BLOB NOT NULL CHECK (length(key) = 16)
) STRICT;

-- Up to this n, messages were stored so long ago that their ids need not be remembered any more.
ALTER TABLE run ADD COLUMN outlived INTEGER NOT NULL DEFAULT 0;

INSERT INTO digests (only, key) VALUES (1, randomblob(16));
