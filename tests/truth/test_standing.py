"""The standing quadruped."""

import pytest

from tests.truth.row import cases, check
from tests.truth.rows_standing import ROWS


@pytest.mark.parametrize(("row", "full"), cases(ROWS))
def test_truth(row, full):
    check(row, full)
