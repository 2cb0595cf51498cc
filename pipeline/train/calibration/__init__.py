"""`dateline calibrate`: a calibration fitted to a run's scores beside labels."""
