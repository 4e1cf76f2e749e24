CREATE VIRTUAL TABLE entries USING fts5(    -- rowid: messages.n of history.db
    room,                                   -- messages.room, as one word
    text,
    content = '',                           -- which words are where, and no texts
    contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE mark (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    n    INTEGER NOT NULL,                  -- all messages up to this one were indexed
    last INTEGER,                           -- the last of them that was: its n,
    room INTEGER,                           -- and by what it can be told from another
    seq  INTEGER,
    at   INTEGER
) STRICT;

INSERT INTO mark (only, n) VALUES (1, 0);
