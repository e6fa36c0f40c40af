"""A real Chromium with a profile of its own, and what it has to complain
about."""

import os
import shutil
import tempfile

import pytest

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
VIOLATIONS = ("window.violations = []; addEventListener("
              "'securitypolicyviolation', (e) => violations.push("
              "e.violatedDirective + ' ' + e.blockedURI));")


class Browser:
    """One window; `open` logs a user in.  All its files are in a directory
    that is short enough for its sockets."""

    def __init__(self):
        if not (CHROMIUM and DRIVER):
            pytest.skip("needs the packages chromium and chromium-driver")
        webdriver = pytest.importorskip("selenium.webdriver")
        from selenium.common.exceptions import WebDriverException
        sandbox = os.geteuid() != 0
        self.home = tempfile.mkdtemp(prefix="chromium-")
        try:
            self.driver = self._start(webdriver, sandbox)
        except WebDriverException:
            if not sandbox:
                raise
            # a kernel may forbid users what the sandbox is made of
            self.driver = self._start(webdriver, False)
        self.tell("Page.addScriptToEvaluateOnNewDocument",
                  source=VIOLATIONS)

    def _start(self, webdriver, sandbox):
        from selenium.webdriver.chrome.service import Service
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for word in ("--headless=new", "--disable-gpu", "--lang=en-GB",
                     "--disable-dev-shm-usage", "--no-first-run",
                     "--window-size=1280,900", f"--user-data-dir={self.home}/u"):
            options.add_argument(word)
        if not sandbox:
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        return webdriver.Chrome(options=options, service=Service(
            DRIVER, env={**os.environ, "TMPDIR": self.home}))

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.home, ignore_errors=True)

    def tell(self, command, **params):
        return self.driver.execute_cdp_cmd(command, params)

    def prefer(self, **features):
        """Media features, e.g. prefers_color_scheme="dark"."""
        self.tell("Emulation.setEmulatedMedia", features=[
            {"name": name.replace("_", "-"), "value": value}
            for name, value in features.items()])

    def width(self, pixels):
        self.tell("Emulation.setDeviceMetricsOverride", width=pixels,
                  height=800, deviceScaleFactor=1, mobile=pixels < 800)

    def open(self, world, user, password, page="now"):
        """A window as if it was just opened; the login goes by its address,
        as a person would be asked for it."""
        self.driver.get("about:blank")
        self.driver.get(f"http://{user}:{password}@127.0.0.1:"
                        f"{world.nginx.port}/console/#/{page}")
        return self

    def run(self, script, *args):
        return self.driver.execute_script(script, *args)

    def text(self, selector="main"):
        """What can be read there; '' when there is no such thing."""
        return self.run("return document.querySelector(arguments[0])"
                        "?.innerText ?? ''", selector)

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0])"
                        ".length", selector)

    def focus(self):
        """What the focus is on, in words; BODY when it is on nothing."""
        return self.run("const a = document.activeElement; return"
                        " a === document.body ? 'BODY' : (a.id ||"
                        " a.getAttribute('aria-label') || a.innerText ||"
                        " a.tagName).trim()")

    def press(self, *keys):
        from selenium.webdriver.common.action_chains import ActionChains
        ActionChains(self.driver).send_keys(*keys).perform()

    def complaints(self):
        """Violated policies and errors, but not refused requests."""
        return self.run("return violations") + [
            entry["message"] for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE" and "Failed to load resource"
            not in entry["message"]]
