"""`report.html`: one page that shows a run, whole in one file and without a network."""
