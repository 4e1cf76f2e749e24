CREATE VIRTUAL TABLE entries USING fts5(    -- rowid: messages.n of history.db
    room,                                   -- messages.room, as one word
    text,
    content = '',                           -- which words are where, and no texts
    contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2 tokenchars ''TOKEN_CHARS'''
);

CREATE TABLE mark (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    n       INTEGER NOT NULL,               -- the last message that was indexed: its n,
    room    INTEGER,                        -- and by what it can be told from another
    seq     INTEGER,
    at      INTEGER,
    entries INTEGER NOT NULL,               -- how many entries there are
    swept   INTEGER NOT NULL                -- what run.deleted was when it was last looked for entries of deleted messages
) STRICT;

INSERT INTO mark (only, n, entries, swept)
VALUES (1, 0, 0, ifnull((SELECT deleted FROM history.run), 0));
