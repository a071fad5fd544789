"""GreenPark 绿园: a municipality's plan for green industrial parks, turned into a running system."""

__version__ = "0.1.0"
