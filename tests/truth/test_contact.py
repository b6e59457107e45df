"""Sliding, sticking and rolling as on paper; the same blocks slide the same way again."""

import pytest

from tests.truth import rows_contact, rows_repeat
from tests.truth.row import cases, check


@pytest.mark.parametrize(("row", "full"), cases(rows_contact.ROWS + rows_repeat.ROWS))
def test_truth(row, full):
    check(row, full)
