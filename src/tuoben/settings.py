"""Django settings. Every default serves one machine; TUOBEN_* variables, and `tuoben.toml` in the data directory,
change them.

Importing this module touches nothing: directories and keys are made by `tuoben.home` when a command starts.
"""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tuoben.errors import UsageError

DATA = Path(os.environ.get("TUOBEN_DATA", "data")).resolve()


def _file() -> dict[str, Any]:
    path = DATA / "tuoben.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise UsageError(f"The settings in {path} cannot be read ({error}); correct that file.") from error


_TOML = _file()


def _setting(name: str, default: str) -> str:
    """TUOBEN_NAME from the environment, else `name` from tuoben.toml, else the default; always text."""
    return os.environ.get(f"TUOBEN_{name.upper()}") or str(_TOML.get(name.lower(), default))


def _number(name: str, default: float) -> float:
    """The same for a number that is not negative."""
    text = _setting(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UsageError(f"TUOBEN_{name.upper()} must be a number such as {default:.0f}, not {text!r}.")
    return value


LONGEST_PERIOD = 30 * 86_400


def _period(name: str, default: int) -> float:
    """The same for seconds between visits: plans divide by it."""
    value = _number(name, default)
    if not 0 < value <= LONGEST_PERIOD:
        raise UsageError(
            f"TUOBEN_{name.upper()} must be seconds above 0, and no more than 30 days ({LONGEST_PERIOD}), such as "
            f"{default}, not {value:g}."
        )
    return value


SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA / "tuoben.sqlite3",
    "OPTIONS": {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000;"
        " PRAGMA mmap_size=2147418112; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=4000;",
    },
}
PATIENCE = "-c lock_timeout=30s -c idle_in_transaction_session_timeout=120s"
"""With PostgreSQL: how long others are waited for, and when the server ends a transaction that stands still."""


def _database() -> dict[str, Any]:
    """Where the rows are: the SQLite file of the data directory, or what TUOBEN_DATABASE says (a libpq URI)."""
    told = _setting("database", "")
    if not told:
        return SQLITE
    parts = urlsplit(told)
    who, _, where = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    host, port = re.fullmatch(r"(.*?)(?::([0-9]*))?", where, re.S).groups("")  # type: ignore[union-attr]
    options = dict(parse_qsl(parts.query))
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in ("postgresql", "postgres") or not name:
        raise UsageError("TUOBEN_DATABASE must be like postgresql://user:password@host:5432/name (unset: SQLite).")
    if importlib.util.find_spec("psycopg") is None:
        raise UsageError("TUOBEN_DATABASE needs PostgreSQL's driver: pip install 'tuoben[postgresql]'")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": options.pop("user", unquote(user)),
        "PASSWORD": options.pop("password", unquote(password)),
        "HOST": options.pop("host", unquote(host).strip("[]")),
        "PORT": options.pop("port", port),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options | {"options": f"{PATIENCE} {options.get('options', '')}".strip()},
    }


def _secret() -> str:
    path = DATA / "keys" / "web-secret"
    return path.read_text(encoding="ascii").strip() if path.is_file() else secrets.token_urlsafe(50)


# --- tuoben's own ---------------------------------------------------------------------------------------------------
SITE_NAME = _setting("site_name", "拓本")
CONTACT = _setting("contact", "")
"""A URL or mail address: in the user agent, and on every page for takedown requests."""
LISTEN = _setting("listen", "127.0.0.1:8000")
REPLAY_LISTEN = _setting("replay_listen", "127.0.0.1:8001")
APP_URL = _setting("app_url", "")
"""Public origin of the app when it is not what the visitor's Host header says (behind a proxy)."""
REPLAY_URL = _setting("replay_url", "")
"""Public origin of the replay server when it is not the app's host with the replay port."""
DISK_FLOOR = int(_number("disk_floor", 1 << 30))
"""Bytes that must stay free: below, collecting pauses."""
WORKERS = max(int(_number("workers", 1)), 1)
"""Processes that `serve` collects with."""
LEASE = max(_number("lease", 180), 1)
"""Seconds after which a host is taken from a process that stalls."""
RECHECK_AFTER = _period("recheck_after", 3600)
"""Seconds until a captured article is first visited again, about; the plan decays from there."""
LISTING_PERIOD = _period("listing_period", 600)
"""Seconds between two visits of a listing, on the mean over all listings."""
TIMESTAMP = _setting("timestamp", "")
"""RFC 3161 authorities that stamp the log's checkpoints, separated by commas; none by default."""
TIMESTAMP_CA = _setting("timestamp_ca", "")
"""Their certificates: a PEM file for each."""

CHROMIUM = _setting("chromium", "")
"""The Chromium that opens pages for sources with `browser=needed` or `always`; unset: the one on PATH."""
CHROMIUM_SANDBOX = _setting("chromium_sandbox", "yes").lower() not in ("no", "off", "false", "0")
"""Chromium's own sandbox. Root cannot have it: "no" says that something else holds what the browser runs."""
CHROMIUM_MEMORY = int(_number("chromium_memory", 1 << 30))
"""Bytes that its processes may hold while they show one page."""
BROWSER_SECONDS = max(_number("browser_seconds", 60), 5)
"""How long one page is open at most."""

SAVES = int(_number("saves", 20))
"""Pages that one account may have saved in an hour."""

# --- Django's -------------------------------------------------------------------------------------------------------
SECRET_KEY = _secret()
DEBUG = False
ALLOWED_HOSTS = [h for h in _setting("allowed_hosts", "127.0.0.1,localhost,[::1]").split(",") if h]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "tuoben.store",
    "tuoben.web",
]
MIDDLEWARE = [
    "tuoben.web.middleware.OriginMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "tuoben.web.middleware.StaticMiddleware",
    "tuoben.web.middleware.LanguageMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "tuoben.web.urls"
REPLAY_URLCONF = "tuoben.web.replay_urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "tuoben.web.context.site"],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "tuoben.web.templatetags.tuoben"],
        },
    }
]
DATABASES = {"default": _database()}
# The hardest to guess of those that need no further package: scrypt costs 16 MB for each try.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/login/"
SECURE = APP_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-tuoben_session" if SECURE else "tuoben_session"
CSRF_COOKIE_NAME = "__Host-tuoben_csrf" if SECURE else "tuoben_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(APP_URL))] if APP_URL else []
CSRF_FAILURE_VIEW = "tuoben.web.views.errors.not_ours"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = _setting("time_zone", "Asia/Shanghai")
LANGUAGE_CODE = _setting("language", "zh-hans")
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
USE_I18N = True
LANGUAGE_COOKIE_NAME = "tuoben_lang"
LOCALE_PATHS = [Path(__file__).parent / "web" / "locale"]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MAX_AGE = 3600
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": _setting("log_level", "WARNING")},
    "loggers": {
        # A visitor's wrong address is no event of the program's, and a foreign Host header is answered, not reported.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "waitress.queue": {"level": "ERROR"},  # a page's images arrive at once and wait a moment for a thread
    },
}
