"""A month in numbers: put into words and charts, and printed as PDF, Word document and spreadsheet."""
