"""Users' own Scrapy spiders, run to their end: each in a thread with a loop of its own, so that one that blocks blocks itself."""
