from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "greenpark.domains.accounts"
    label = "accounts"
    verbose_name = "组织与账户"
