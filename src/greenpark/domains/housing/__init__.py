"""Homes for sale at cost 配售型保障性住房."""
