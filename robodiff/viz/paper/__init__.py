"""Figures of a run as a paper wants them: in the width of a column or a page, in vector formats."""
