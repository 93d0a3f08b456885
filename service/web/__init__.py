"""The web side: health for machines now; pages and API grow here."""
