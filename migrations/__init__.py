"""The database's history, step by step: `versions/NNNN_what.py`, applied by `idp migrate`.

One change a step, expand first and contract releases later, on SQLite and PostgreSQL alike.
`env.py` is what Alembic runs around them.
"""
