"""Pages opened in a real browser, for outlets that ask for it: a download handler over Playwright and Chromium."""
