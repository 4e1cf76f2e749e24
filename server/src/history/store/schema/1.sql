CREATE TABLE rooms (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    name  TEXT NOT NULL UNIQUE,
    epoch TEXT NOT NULL,
    floor INTEGER NOT NULL      -- up to here, all numbers were given; their messages are kept if they are in messages
) STRICT;

CREATE TABLE messages (
    n     INTEGER PRIMARY KEY,  -- the order of storing, over all rooms; never given twice
    room  INTEGER NOT NULL,     -- rooms.id
    seq   INTEGER NOT NULL,     -- the message's number in its room
    at    INTEGER NOT NULL,     -- milliseconds since 1970-01-01 UTC
    name  TEXT NOT NULL,        -- who said it
    id    TEXT,                 -- the id that it was sent with
    text  TEXT NOT NULL,
    total INTEGER NOT NULL      -- octets of the room's messages up to and with this one
) STRICT;

CREATE UNIQUE INDEX messages_by_number ON messages (room, seq);

-- Numbers of messages that a person deletes stay given, too.
CREATE TRIGGER number_stays_given AFTER DELETE ON messages BEGIN
    UPDATE rooms SET floor = old.seq WHERE id = old.room AND floor < old.seq;
END;

CREATE TABLE run (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    boot    TEXT,               -- which start of the machine the server runs in, if the system says
    synced  INTEGER NOT NULL,   -- 1: each commit is on the disk before it is answered
    clean   INTEGER NOT NULL,   -- 1: the server has ended in order
    spent   INTEGER NOT NULL,   -- no n up to this one is given any more, whether it is in messages or not
    deleted INTEGER NOT NULL    -- how many messages were deleted, ever
) STRICT;
