"""The baseline: what one writes with Flask and SQLite to keep webhooks.

The same promise as callsheet's: a body is answered with 200 after a commit
that is on disk, and a body that comes twice is kept once.
"""

import hashlib
import os
import sqlite3
import time

from flask import Flask, request

app = Flask(__name__)
db = None


def connect():
    """One connection a worker process, made after the fork."""
    global db
    if db is None:
        db = sqlite3.connect(os.environ["BENCH_DATABASE"], timeout=30)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(
            "CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY,"
            " execution TEXT NOT NULL, digest BLOB NOT NULL, received_at"
            " INTEGER NOT NULL, body TEXT NOT NULL,"
            " UNIQUE (execution, digest))")
        db.commit()
    return db


@app.post("/flask")
def webhook():
    body = request.get_data()
    record = request.get_json()
    if "id" not in record:
        return {"ok": False, "reason": "no execution id"}, 400
    with connect() as connection:
        connection.execute(
            "INSERT INTO event (execution, digest, received_at, body)"
            " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (record["id"], hashlib.sha256(body).digest(), int(time.time()),
             body.decode()))
    return {"ok": True}
