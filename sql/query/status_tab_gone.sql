DELETE FROM status_tab WHERE book = :book;
