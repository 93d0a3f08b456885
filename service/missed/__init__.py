"""Why an article did not arrive: its way is followed until it stops."""
