"""The polling stage: what is due is asked, read, and stored."""
