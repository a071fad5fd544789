"""The demo: real measurements of others, replayed through the real gateways for plainly fictitious enterprises."""
