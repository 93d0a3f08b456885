"""What feeds and pages share: charset, HTML to text, dates. Pure."""
