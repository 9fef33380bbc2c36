"""All settings in one file; values come from the environment, secrets also from a file (`SECRET_KEY_FILE=/run/secrets/…`)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()


def redis_database(url: str, number: int) -> str:
    """The same Redis, another logical database; a unix socket address carries it in the query."""
    if url.startswith("unix"):
        return f"{url}{'&' if '?' in url else '?'}db={number}"
    return f"{url.rstrip('/')}/{number}"


VERSION = "0.1.0"
DEBUG = env.bool("DEBUG", False)
# An insecure default would be found out too late: `manage.py up` and script/test make keys of their own.
SECRET_KEY = env.str("SECRET_KEY", "only-for-commands-that-need-no-secret" if DEBUG else "")
if not SECRET_KEY:
    SECRET_KEY = "not-for-serving-" + "0" * 50
# Fernet key(s), newest first, that encrypt channel credentials at rest.
CREDENTIALS_KEYS = env.list("CREDENTIALS_KEY", str, [])

BALIE_BASE_URL = env.str("BALIE_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", str, ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", str, [])
IS_HTTPS = BALIE_BASE_URL.startswith("https://")
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var")))

MUNICIPALITY = env.str("MUNICIPALITY", "Gemeente Eikenrode")
# Who answers for this installation: in the description of the public API.
CONTACT_EMAIL = env.str("CONTACT_EMAIL", "gemeente@eikenrode.example")
# Shown as a ribbon: everything here is an exercise with simulated platforms.
PRACTICE_MODE = env.bool("PRACTICE_MODE", False)
SANDBOX_URL = env.str("SANDBOX_URL", "http://127.0.0.1:8001").rstrip("/")

# -- Platforms: any server that speaks the protocol can stand there -------------------------------------------------------
TWITTER_API_URL = env.str("TWITTER_API_URL", "https://api.x.com").rstrip("/")
FACEBOOK_GRAPH_URL = env.str("FACEBOOK_GRAPH_URL", "https://graph.facebook.com").rstrip("/")
LINKEDIN_API_URL = env.str("LINKEDIN_API_URL", "https://api.linkedin.com").rstrip("/")
PLATFORM_URLS = {"twitter": TWITTER_API_URL, "facebook": FACEBOOK_GRAPH_URL, "linkedin": LINKEDIN_API_URL}
# host:port pairs on private addresses that pictures may come from (the sandbox's own, nothing else).
MEDIA_PRIVATE_HOSTS = frozenset(env.list("MEDIA_PRIVATE_HOSTS", str, []))
# host:port pairs inside the own network whose calendars may be followed.
CALENDAR_PRIVATE_HOSTS = frozenset(env.list("CALENDAR_PRIVATE_HOSTS", str, []))
MEDIA_MAX_BYTES = env.int("MEDIA_MAX_BYTES", 15_000_000)
POLL_SECONDS = env.int("POLL_SECONDS", 60)
# Longer than one page of a platform takes: a poll that died leaves its channel to the next one after this.
POLL_LEASE_SECONDS = env.int("POLL_LEASE_SECONDS", 150)
BACKFILL_DAYS = env.int("BACKFILL_DAYS", 30)
SWEEP_SECONDS = env.int("SWEEP_SECONDS", 5)
DELIVERY_LEASE_SECONDS = env.int("DELIVERY_LEASE_SECONDS", 60)
# Two posts on one channel within so many minutes are pointed out to who plans them.
CALENDAR_CLASH_MINUTES = env.int("CALENDAR_CLASH_MINUTES", 30)
# Minutes: a post that is later than this waits for a person; one that is later than the other is told.
OWN_POSTS_SECONDS = env.int("OWN_POSTS_SECONDS", 300)
PUBLISH_LATE_LIMIT = env.int("PUBLISH_LATE_LIMIT", 60)
PUBLISH_WATCHDOG = env.int("PUBLISH_WATCHDOG", 5)
# Calls for posts at a time, per worker process.
PUBLISH_THREADS = env.int("PUBLISH_THREADS", 4)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_htmx",
    "django_rq",
    "core",
    "accounts",
    "channels",
    "responsematrix",
    "inbox",
    "calendar_app",
    "monitoring",
]

MIDDLEWARE = [
    "core.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.SecurityHeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "core.middleware.DatabaseDownMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.shell",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "core.templatetags.ui"],
        },
    }
]

# -- Data -----------------------------------------------------------------------------------------------------------------
# CONN_MAX_AGE stays 0 under ASGI: the pool keeps connections, requests only borrow them.
DATABASES = {"default": env.db_url("DATABASE_URL", "postgres://postgres@127.0.0.1:5433/balie")}
DATABASES["default"].setdefault("OPTIONS", {})
# After a restart of PostgreSQL the pool is full of dead connections: none of them is handed to a request.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["OPTIONS"].update(
    {
        "pool": {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL", 10),
            "timeout": env.int("DATABASE_POOL_SECONDS", 10),
        },
        "options": "-c statement_timeout=60000 -c idle_in_transaction_session_timeout=120000",
    }
)
REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6380")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_database(REDIS_URL, 1),
        "OPTIONS": {"serializer": "core.cache.JsonSerializer"},
    }
}
# In the database: signed-in people stay signed in while Redis is away.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 12

MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"

# -- E-mail to colleagues: none without EMAIL_URL (smtp+tls://user:secret@host:587); what is told stands in Balie anyway ----
EMAIL_URL = env.str("EMAIL_URL", "")
SENDS_EMAIL = bool(EMAIL_URL)
if SENDS_EMAIL:
    _email = environ.Env.email_url_config(EMAIL_URL)
    EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _email["EMAIL_BACKEND"], _email["EMAIL_HOST"], _email["EMAIL_PORT"] or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_USER"], _email["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = bool(_email.get("EMAIL_USE_TLS")), bool(_email.get("EMAIL_USE_SSL"))
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "Balie <balie@localhost>")

# -- Celery: the clock and the network ------------------------------------------------------------------------------------
CELERY_BROKER_URL = redis_database(REDIS_URL, 0)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Europe/Amsterdam"
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# After kill -9 the default recovery takes up to an hour; with these it is seconds (measured). Tasks hold no truth anyway.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 2 * CELERY_TASK_TIME_LIMIT,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = {
    "poll-channels": {"task": "inbox.tasks.poll_channels", "schedule": timedelta(seconds=5), "options": {"expires": 5}},
    "sweep": {"task": "inbox.tasks.sweep", "schedule": timedelta(seconds=SWEEP_SECONDS), "options": {"expires": 5}},
    "publish": {"task": "calendar_app.tasks.publish", "schedule": timedelta(seconds=1), "options": {"expires": 2}},
    "sweep-posts": {
        "task": "calendar_app.tasks.sweep_posts",
        "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": 5},
    },
    "own-posts": {
        "task": "calendar_app.tasks.read_own_posts",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "watch-posts": {"task": "calendar_app.tasks.watch", "schedule": timedelta(seconds=30), "options": {"expires": 30}},
    "recheck": {"task": "inbox.tasks.recheck_channels", "schedule": timedelta(minutes=15), "options": {"expires": 600}},
    "sweep-jobs": {"task": "core.tasks.sweep_jobs", "schedule": timedelta(seconds=5), "options": {"expires": 5}},
    "service-figures": {
        "task": "monitoring.tasks.refresh_service_figures",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "wake-snoozed": {"task": "inbox.tasks.wake_snoozed", "schedule": timedelta(seconds=30), "options": {"expires": 30}},
    "deadlines": {"task": "inbox.tasks.mark_breached", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "expectations": {
        "task": "inbox.tasks.send_expectations",
        "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": 5},
    },
    "share-out": {"task": "inbox.tasks.share_out", "schedule": timedelta(seconds=10), "options": {"expires": 10}},
    "escalate": {"task": "inbox.tasks.escalate", "schedule": timedelta(seconds=30), "options": {"expires": 30}},
    "mail": {"task": "inbox.tasks.send_mail", "schedule": timedelta(seconds=15), "options": {"expires": 15}},
    "occurrences": {
        "task": "calendar_app.tasks.make_occurrences",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "fetch-calendars": {
        "task": "calendar_app.tasks.fetch_calendars",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "expiring-media": {
        "task": "calendar_app.tasks.tell_expiring_media",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "fetch-media": {"task": "inbox.tasks.fetch_media", "schedule": timedelta(seconds=20), "options": {"expires": 20}},
    "refresh-tokens": {
        "task": "inbox.tasks.refresh_tokens",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 600},
    },
}

# -- django-rq: what a person asked for and watches -----------------------------------------------------------------------
RQ_QUEUES = {"default": {"URL": redis_database(REDIS_URL, 2), "DEFAULT_TIMEOUT": 3600}}
RQ = {"SERIALIZER": "rq.serializers.JSONSerializer"}
# Its admin pages want jobs that are there, and can delete and run them; what runs is seen on our own page of tasks.
RQ_SHOW_ADMIN_LINK = False

# -- People -----------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "inbox"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# -- Language ---------------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Nederlands")), ("en", _("Engels"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True
USE_I18N = True

# -- Files ------------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "core.staticfiles.NodeModulesFinder",
]
WHITENOISE_USE_FINDERS = env.bool("WHITENOISE_USE_FINDERS", True)
WHITENOISE_AUTOREFRESH = env.bool("WHITENOISE_AUTOREFRESH", False)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# -- Security ---------------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 31536000 if IS_HTTPS else 0
SECURE_SSL_REDIRECT = IS_HTTPS and env.bool("SSL_REDIRECT", True)
if env.bool("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-sessionid" if IS_HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if IS_HTTPS else "csrftoken"
CSRF_FAILURE_VIEW = "core.errors.csrf_failure"

# -- Logging: one JSON line per event, control characters escaped ---------------------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", "json")
_renderer: Any = (
    structlog.processors.JSONRenderer()
    if LOG_FORMAT == "json"
    else structlog.dev.ConsoleRenderer(colors=env.bool("LOG_COLORS", False))
)
_shared: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
]
structlog.configure(
    processors=[*_shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer],
            "foreign_pre_chain": _shared,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # tweepy and urllib3 write tokens and addresses at DEBUG.
        "tweepy": {"level": "INFO"},
        "urllib3": {"level": "INFO"},
        "requests_oauthlib": {"level": "INFO"},
        "axes": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
