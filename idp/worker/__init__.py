"""What happens beside the requests: delivering the outbox and forgetting what is over.

`deliver.py` (mail and letters), `logouts.py` (calls to applications) and `retention.py` each do
one round, `loop.py` repeats them until it is told to stop. Any number of workers may run: a row is
leased by one of them.
"""
