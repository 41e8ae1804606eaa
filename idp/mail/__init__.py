"""Mail: a row of the outbox becomes a text, a page and a message.

`compose.py` fills the templates of `templates/mail/` in the reader's language, `message.py` writes
headers and parts, `smtp.py` and `console.py` are the carriers we ship. When a mail is sent is the
worker's business (`worker/deliver.py`), that it is sent the verbs' (`accounts/`, `pin/`).
"""
