"""The reading stage: an article's page is fetched, read, and stored."""
