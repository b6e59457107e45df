"""A robot alone as a page that reshapes it live."""
