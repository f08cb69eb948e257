"""The product on one machine: an embedded PostgreSQL and a supervisor of its processes.

Nothing here imports Django's settings: it makes the environment they are read from.
"""
