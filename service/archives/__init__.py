"""Web archives read again for what is tracked now: files are scanned beside each other, and what they say is one answer."""
