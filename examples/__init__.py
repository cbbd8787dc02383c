"""Scripts that each show one thing; the tests run them."""
