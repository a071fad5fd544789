"""What can be wrong with an accounting question, in words of the trade.

AccountingError
├── UnknownMethod          no such method id
├── MethodOutOfForce       the method's edition does not cover the date
├── BadInputs              the inputs do not have the method's shape (names the place)
├── BadUnit                an amount in a unit that cannot be converted to what the formula needs
├── BadAmount              negative, not finite, or a share outside 0 to 1
│   ├── NegativePurchase   bought electricity or heat below zero
│   └── OverClaimed        more green power and certificates than electricity was bought
├── NegativeBalance        a carbon balance whose outputs hold more carbon than its inputs
├── MissingEvidence        a zero-rated claim without evidence
├── DoubleClaim            one certificate used twice
├── MissingParameter       a choice the method leaves open and the caller must make
└── MissingFactor          no value is known; names what is missing
    ├── FactorOutOfForce   the factor exists, but not on this date
    └── AmbiguousFactor    several factors fit and nothing says which
"""

from __future__ import annotations


class AccountingError(ValueError):
    """Base of all refusals of this engine."""


class UnknownMethod(AccountingError):
    """There is no method with this id."""


class MethodOutOfForce(AccountingError):
    """The method's edition does not cover the date."""


class BadInputs(AccountingError):
    """The inputs do not have the shape that the method asks for."""


class BadUnit(AccountingError):
    """The unit cannot be converted to the one that the formula needs."""


class BadAmount(AccountingError):
    """An amount that cannot be: negative, not finite, a share outside 0 to 1."""


class NegativePurchase(BadAmount):
    """Bought electricity or heat below zero: a meter wired backwards, or exports netted before they came here."""


class OverClaimed(BadAmount):
    """Green power and certificates exceed the electricity that was bought."""


class NegativeBalance(AccountingError):
    """The outputs of a carbon balance hold more carbon than its inputs."""


class MissingEvidence(AccountingError):
    """Electricity claimed as zero-rated without evidence."""


class DoubleClaim(AccountingError):
    """The same certificate stands behind two claims."""


class MissingParameter(AccountingError):
    """The method leaves a choice open, and the caller did not make it."""


class MissingFactor(AccountingError):
    """A value that nobody gave and no table holds. Never replaced by zero."""


class FactorOutOfForce(MissingFactor):
    """The factor exists, but not on this date."""


class AmbiguousFactor(MissingFactor):
    """Several factors fit, and nothing says which one is meant."""
