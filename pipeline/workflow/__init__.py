"""The steps run, retry and verify, and what a running job holds."""
