"""The source `list`: a page with links to articles, by selectors or learned from the page alone."""
