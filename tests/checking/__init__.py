"""Tests of sct_ad.checking."""
