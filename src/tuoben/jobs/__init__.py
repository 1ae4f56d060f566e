"""Work over the whole archive: each job can be stopped and taken up again."""
