"""Roles, passwords and the hash chain, without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.domains.accounts import rules

KNOWN = ("accounts.view", "accounts.administer", "accounts.audit", "carbon.view", "carbon.close", "carbon.export")


def test_sm3_against_the_standards_example() -> None:
    """GB/T 32905-2016 annex A.1: SM3 of «abc»."""
    assert rules.token_digest("abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_wildcards_of_business_domains_do_not_reach_accounts() -> None:
    assert rules.permissions_of(["bureau-staff"], KNOWN) == {"carbon.view", "carbon.export"}
    assert "accounts.audit" in rules.permissions_of(["auditor"], KNOWN)


def test_unknown_roles_give_nothing() -> None:
    assert rules.permissions_of(["director"], KNOWN) == frozenset()


def test_the_three_administrators_exclude_each_other() -> None:
    for pair in (
        ("system-admin", "security-admin"),
        ("security-admin", "audit-admin"),
        ("audit-admin", "system-admin"),
    ):
        with pytest.raises(rules.RolesExclude, match="三员分立"):
            rules.check_roles(pair)
    rules.check_roles(["system-admin", "operator"])


def test_no_role_holds_two_of_administer_authorise_audit_export() -> None:
    held = {role.code: rules.permissions_of([role.code], (*KNOWN, "accounts.authorise")) for role in rules.ROLES}
    for code, permissions in held.items():
        apart = permissions & {"accounts.administer", "accounts.authorise"}
        assert len(apart) < 2, code


def test_business_data_is_out_of_reach_of_the_system_administrator() -> None:
    assert not rules.permissions_of(["system-admin"], KNOWN) & {"carbon.view", "carbon.close"}


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Short-1", "至少 10 位，现为 7 位"),
        ("alllowercase", "三类"),
        ("lower12345678", "三类"),
        ("Wang-wu-2026", "账号名"),
    ],
)
def test_weak_passwords(password: str, why: str) -> None:
    with pytest.raises(rules.WeakPassword, match=why):
        rules.check_password(password, username="wang-wu")


def test_good_passwords() -> None:
    rules.check_password("Park-Green-2026", username="wang-wu")
    rules.check_password("绿色园区Abc12345")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=6), _JSON, max_size=5))
def test_canonical_json_does_not_depend_on_order(value: dict[str, object]) -> None:
    turned = dict(reversed(list(value.items())))
    assert rules.canonical(value) == rules.canonical(turned)


def test_not_a_number_cannot_be_recorded() -> None:
    with pytest.raises(ValueError, match="JSON"):
        rules.canonical({"x": float("nan")})
