"""What an article becomes: alerts, updates, notifications."""
