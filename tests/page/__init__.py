"""Tests under a real hand; a package, so that its files share one browser that ends with the last of them."""
