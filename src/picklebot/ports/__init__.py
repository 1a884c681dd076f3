"""The ports: what each stretch of the road asks of the next. The docstring is the contract.

Every implementation of a port passes the same suite in `tests/contracts`.
"""
