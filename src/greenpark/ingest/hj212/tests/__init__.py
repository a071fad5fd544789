"""Tests of the HJ 212 gateway: real sockets on free loopback ports."""
