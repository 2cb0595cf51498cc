"""Shards, receipts, run directory, stage cache, leases: plain files, nothing about news."""
