"""What each system does with a case: one module a system, run by `worker.py` in its own process.

A module has `VERSIONS`, names of the packages whose versions count, and `prepare(case, job)`, which
returns a `Program`.
"""
