-- One more request to Google in this minute.
INSERT INTO quota (email, minute, reads, writes)
VALUES (:email, :minute, :reads, :writes)
ON CONFLICT (email, minute) DO UPDATE
  SET reads = reads + excluded.reads, writes = writes + excluded.writes;
