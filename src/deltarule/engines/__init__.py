"""Engines: who executes descriptions; `contract.py` says what all of them fulfil."""
