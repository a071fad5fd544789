"""Addresses of accounts."""

from __future__ import annotations

from django.urls import path

from greenpark.domains.accounts.ui import administration, audit, sign_in, tokens

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/demo/", sign_in.demo_sign_in, name="demo-sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("password/", sign_in.password, name="password"),
    path("people/", administration.people, name="people"),
    path("people/new/", administration.person_new, name="person-new"),
    path("people/<int:person_id>/", administration.person, name="person"),
    path("people/<int:person_id>/password/", administration.person_password, name="person-password"),
    path("people/<int:person_id>/roles/", administration.person_roles, name="person-roles"),
    path("people/<int:person_id>/roles/revoke/", administration.person_role_revoke, name="person-role-revoke"),
    path("roles/", administration.roles, name="roles"),
    path("organisations/", administration.organisations, name="organisations"),
    path("organisations/new/", administration.organisation_new, name="organisation-new"),
    path("organisations/<int:organisation_id>/", administration.organisation, name="organisation"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/new/", tokens.token_new, name="token-new"),
    path("tokens/<int:token_id>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("audit/", audit.events, name="audit"),
    path("audit/export/", audit.export, name="audit-export"),
    path("audit/verify/", audit.verify, name="audit-verify"),
]
