"""What the API takes and gives, with examples."""
