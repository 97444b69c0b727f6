"""The most that can be paid at once, for orders and payments alike."""

from typing import Final

MAX_AMOUNT_CENTS: Final = 1_000_000_000_000
