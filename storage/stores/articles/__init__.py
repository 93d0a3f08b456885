"""Articles, their versions and pages: queries."""
