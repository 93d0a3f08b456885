"""Press reviews: drafted from what was found (pure), put into words, printed."""
