"""Take the README's pictures from a running demo: start it, wait until it is live, photograph, stop.

.venv/bin/python scripts/pictures.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
PORT = 8479
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
#: file -> (role, address)
SHOTS = {
    "overview.png": ("carbon-manager", "/overview/"),
    "ledger.png": ("carbon-manager", "/ledger/"),
}


def photograph(base: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for name, (role, address) in SHOTS.items():
            page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
            page.goto(f"{base}/sign-in/")
            page.locator(f'button[value="{role}"], form:has(input[value="{role}"]) button').first.click()
            page.goto(base + address, wait_until="networkidle")
            page.screenshot(path=PICTURES / name)
            page.close()
        browser.close()


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "greenpark", "demo", "--port", str(PORT), "--folder", folder]
        demo = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert demo.stderr is not None
        try:
            for line in demo.stderr:
                if line.startswith("就绪"):
                    photograph(f"http://127.0.0.1:{PORT}")
                    return 0
        finally:
            demo.terminate()
            demo.wait(30)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
