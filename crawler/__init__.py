"""Due feed -> response -> entries -> articles with text. Imports storage only."""
