"""What people do: one function for each thing, which alone holds its rules. Page, API and command line call these."""
