"""One file a metric, with its interval; and the baselines beside it."""
