"""The arithmetic behind the figures of benchmarks/."""

import pytest

from benchmarks.figures import missing_numbers, percentile, percentiles, spent, table
from benchmarks.system import label_of


def test_a_percentile_is_a_value_that_was_measured() -> None:
    times = [float(number) for number in range(100, 0, -1)]

    assert percentiles(times) == (50.0, 95.0, 99.0)


def test_the_percentiles_of_one_value_are_that_value() -> None:
    assert percentiles([7.5]) == (7.5, 7.5, 7.5)


def test_a_high_percentile_of_few_values_is_their_largest() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


@pytest.mark.parametrize("share", [0.0, 1.01, 95.0])
def test_a_share_is_no_percent(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        percentile([1.0], share)


def test_a_series_without_gap_or_double_lacks_nothing() -> None:
    """R-INV-15."""
    assert missing_numbers([3, 1, 2]) == []


def test_a_double_number_leaves_a_gap_that_is_found() -> None:
    """R-INV-15."""
    assert missing_numbers([1, 2, 2]) == [3]


def test_a_gap_is_found() -> None:
    """R-INV-15."""
    assert missing_numbers([1, 3, 4]) == [2]


def test_a_process_that_began_meanwhile_has_spent_all_it_has() -> None:
    assert spent({"web": 1.0}, {"web": 3.5, "documents": 2.0}) == {"web": 2.5, "documents": 2.0}


def test_a_table_reads_as_text() -> None:
    assert table(("ms", "p50"), [("cart", 9.5), ("submit", 120)]).splitlines() == [
        "| ms     | p50 |",
        "|--------|----:|",
        "| cart   | 9.5 |",
        "| submit | 120 |",
    ]


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("python -m services.host.cli up", "up"),
        ("python -m services.host.cli web all", "web"),
        ("python -m services.host.cli web orders", "web orders"),
        ("python -m services.host.cli relay --beat all", "relay --beat"),
        ("python -m services.host.cli worker billing.documents", "documents"),
        ("python -c from multiprocessing.spawn import spawn_main", "documents"),
    ],
)
def test_a_process_is_called_by_its_words(words: str, label: str) -> None:
    assert label_of(words.split()) == label
