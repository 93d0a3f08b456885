"""Article -> mentions -> story -> alert -> notification -> channel. Imports storage only."""
