import pytest

from jackline.core.packaged import packaged, packaged_names


def test_a_shipped_file_is_read_beside_its_package() -> None:
    assert packaged("jackline.policy.shipped", "baseline.cedar") == packaged(
        "jackline.policy", "shipped", "baseline.cedar"
    )
    assert "permit" in packaged("jackline.policy.shipped", "baseline.cedar")


def test_names_are_listed_in_order() -> None:
    assert packaged_names("jackline.policy", "shipped", suffix=".cedar") == [
        "baseline.cedar", "observe.cedar", "strict.cedar",
    ]  # fmt: skip


def test_what_is_not_shipped_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        packaged("jackline.policy.shipped", "none.cedar")
