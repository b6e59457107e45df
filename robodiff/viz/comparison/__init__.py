"""Several runs beside each other: one page, one figure, one table."""
