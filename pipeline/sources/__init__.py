"""Where articles come from: one small file a format."""
